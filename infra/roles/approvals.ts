import { approvalQueryRoutes } from '../../projections/approvals/routes.js';
import { outstandingApprovals } from '../../projections/approvals/queries.js';
import type { AccessModel } from '../../services/access/access-model.js';
import { rulesInForce } from '../../services/access/rules-in-force.js';
import { createApprovals } from '../../services/approvals/approvals.js';
import { startApprovalsClock } from '../../services/approvals/approvals-clock.js';
import { createApprovalGate } from '../../services/approvals/gate.js';
import { approvalsModule } from '../../services/approvals/routes.js';
import type { Directory } from '../../services/access/sign-in/directory.js';
import { CUSTOMER_ROLE } from '../../shared/access/customer-role.js';
import type { ApprovalRule } from '../../shared/access/approval-rules.js';
import type { Codec } from '../../shared/events/codec.js';
import type { Actor } from '../../shared/events/definition.js';
import type { Channel } from '../../shared/events/values.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { ApprovalGate } from '../../shared/http/approval-gate.js';
import { ApprovedRuns } from '../../shared/http/approved-runs.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import type { Principal } from '../../shared/http/context.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';
import { approvalDifferences } from './approval-differences.js';
import type { Parts } from './parts.js';

const CLOCK_MS = 5_000;

export interface OpenedApprovals {
  readonly modules: readonly RouteModule[];
  readonly gate: ApprovalGate;
  /** Once the server is there. */
  startClock(): { stop(): Promise<void> };
}

/** Commands that wait for a second person, by the rules of the access model. The bank's founding client is exempt only while a bank is being founded or demonstrated. */
export function openApprovals({ config, logger }: Parts, { eventStore, codec, records, store, model, customers, isAdministered, furtherRules }: {
  readonly eventStore: EventStore; readonly codec: Codec; readonly records: Records; readonly store: ReadStore; readonly model: AccessModel;
  /** Who may sign in of the customers, and what they may do. */
  readonly customers: Pick<Directory, 'byId' | 'rightsOf'>;
  readonly isAdministered: () => Promise<boolean>;
  /** Before those of the model, and not to be changed by anybody. */
  readonly furtherRules: readonly ApprovalRule[];
}): OpenedApprovals {
  const now = (): Date => new Date();
  const approvalRules = async () => [...furtherRules, ...rulesInForce(await model.current())];
  const bootstrapIsExempt = async () => config.demonstration === 'yes' || !(await isAdministered());

  async function principalOf({ id, role, branch, channel, actingAs }: Actor): Promise<Principal | undefined> {
    if (id === bootstrapPrincipal.id) return config.bootstrapToken === undefined ? undefined : bootstrapPrincipal;
    const at = now();
    if (role === CUSTOMER_ROLE) {
      const rights = (await customers.byId(id, at)) && (await customers.rightsOf(id, at));
      return rights && { id, kind: 'customer', role, channel: channel as Channel, rights };
    }
    const rights = actingAs === undefined ? ((await model.rightsOf(id, at)) ?? (await model.clientRightsOf(id))) : await model.actingRightsOf(id, actingAs, at);
    return rights && { id, role, channel: channel as Channel, rights, ...(branch !== undefined && { branch }), ...(actingAs !== undefined && { actingAs }) };
  }

  const runs = new ApprovedRuns();
  const approvals = createApprovals({ store: eventStore, codec, runs, principalOf, now, logger });
  return {
    modules: [approvalsModule({ approvals, runs, differences: approvalDifferences(records) }), approvalQueryRoutes(store)],
    gate: createApprovalGate({ runs, approvals, approvalRules, bootstrapIsExempt }),
    startClock: () => startApprovalsClock({ approvals, outstanding: () => outstandingApprovals(store, now()), everyMs: CLOCK_MS, logger }),
  };
}
