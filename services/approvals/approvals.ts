import type { Logger } from 'pino';
import type { Codec } from '../../shared/events/codec.js';
import type { Actor } from '../../shared/events/definition.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { ApprovedRuns } from '../../shared/http/approved-runs.js';
import type { CommandContext, Principal } from '../../shared/http/context.js';
import { commandIdOf, createdIdOf } from '../../shared/kernel/ids.js';
import { createRecords, type Executed, type Loaded } from '../../shared/records/record.js';
import type { ApprovalCommand, RequestApproval } from './commands.js';
import { decideApproval } from './decider.js';
import { outcomeOf } from './outcome.js';
import { approvalRecord, type ApprovalState, type KnownApproval } from './state.js';

export interface ApprovalsOptions {
  readonly store: EventStore;
  readonly codec: Codec;
  readonly runs: ApprovedRuns;
  /** Who requested it, with the rights held now; undefined where they may not do anything any more. Throws Refusal `outage` where that is not known. */
  readonly principalOf: (requester: Actor) => Promise<Principal | undefined>;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** The module's commands, for routes, the gate and the process alike. */
export interface Approvals {
  load(id: string): Promise<Loaded<KnownApproval> | undefined>;
  request(asked: RequestApproval, context: CommandContext): Promise<Executed>;
  /** Approve, reject, withdraw. */
  decide(id: string, command: Extract<ApprovalCommand, { kind: 'approve' | 'reject' | 'withdraw' }>, context: CommandContext): Promise<Executed>;
  /** Runs what was approved and is not done; answers the record as it then is. Where a part of the bank is away it stays approved, to be run later. */
  execute(id: string): Promise<Loaded<KnownApproval>>;
  /** Nothing where it is not due. */
  expire(id: string): Promise<void>;
}

const CLOCK: Actor = { id: 'approvals', role: 'system', channel: 'system' };

export function createApprovals({ store, codec, runs, principalOf, now, logger }: ApprovalsOptions): Approvals {
  const records = createRecords({ store, codec });
  const underWay = new Map<string, Promise<Loaded<KnownApproval>>>();

  const handle = (id: string, command: ApprovalCommand, context: CommandContext): Promise<Executed> =>
    records.execute(approvalRecord, id, context, ({ state }) => decideApproval(state, command));

  const load = async (id: string): Promise<Loaded<KnownApproval> | undefined> => {
    const loaded = await records.load(approvalRecord, id);
    return loaded && isKnown(loaded) ? loaded : undefined;
  };

  /** What the bank itself does to an approval; once, however often it is tried. */
  const systemContext = (id: string, what: string, correlationId: string): CommandContext =>
    ({ commandId: commandIdOf('approvals', what, id), repeatable: true, correlationId, actor: CLOCK, at: now() });

  async function mustLoad(id: string): Promise<Loaded<KnownApproval>> {
    const loaded = await load(id);
    if (!loaded) throw new Error(`there is no approval ${id}`);
    return loaded;
  }

  async function runOnce(id: string): Promise<Loaded<KnownApproval>> {
    const loaded = await mustLoad(id);
    const { state } = loaded;
    if (state.status !== 'approved') return loaded;
    const principal = await principalOf(state.requester);
    const outcome = principal === undefined ? ({ kind: 'note-refused', code: 'unauthenticated' } as const)
      : state.request === undefined ? ({ kind: 'note-refused', code: 'approval_unreadable' } as const)
      : outcomeOf(await runs.run({ ...state.request, method: state.method, route: state.route },
        { principal, approver: state.decidedBy, commandId: state.commandId, correlationId: state.correlationId }));
    if (outcome === 'later') {
      logger.warn({ approvalId: id }, 'an approved command could not be run and will be tried again');
      return loaded;
    }
    await handle(id, outcome, systemContext(id, outcome.kind, state.correlationId));
    return mustLoad(id);
  }

  return {
    load,
    request: (asked, context) => handle(asked.approvalId, { kind: 'request', asked }, context),
    decide: handle,
    // One at a time in this process; of several processes the command's id makes that harmless.
    execute(id) {
      const running = underWay.get(id) ?? runOnce(id).finally(() => underWay.delete(id));
      underWay.set(id, running);
      return running;
    },
    async expire(id) {
      await handle(id, { kind: 'expire', at: now() }, systemContext(id, 'expire', createdIdOf(id, 'expiry')));
    },
  };
}

const isKnown = (loaded: Loaded<ApprovalState>): loaded is Loaded<KnownApproval> => loaded.state.status !== 'absent';
