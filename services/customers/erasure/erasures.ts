import type { Actor } from '../../../shared/events/definition.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { CommandContext } from '../../../shared/http/context.js';
import type { Precondition } from '../../../shared/http/conditional.js';
import { reject, type Decision } from '../../../shared/kernel/decision.js';
import type { Executed } from '../../../shared/records/record.js';
import type { CustomerCode } from '../rejections.js';
import { customerRecord, type CustomerState } from '../state.js';
import { decideConfirmErasure, decideLiftRestriction, decideRequestErasure, decideRestrict, decideWithdrawErasure, type Business, type EraseCustomer, type RestrictCustomer } from './decider.js';
import { decideApproveOpening, decideOpened, decideRequestOpening, type NamedOpening, type RequestOpening } from './decide-openings.js';
import { createErasing, requiredEscrow, type Erasing, type ErasingOptions } from './erasing.js';
import type { RetentionUntil } from './retention.js';

/** What the ledger says of a customer's accounts: up to date when it answers. */
export interface AccountsOf {
  readonly open: boolean;
  /** ISO time. */
  readonly lastClosedAt?: string;
}

export interface ErasuresOptions extends ErasingOptions {
  readonly accountsOf: (customerIds: readonly string[]) => Promise<AccountsOf>;
  /** Whether a risk case of any of them is not closed: up to date when it answers. */
  readonly hasOpenCase: (customerIds: readonly string[]) => Promise<boolean>;
  readonly retentionUntil: RetentionUntil;
}

/** `precondition`: any revision will do where it is absent. */
type Sent<Command> = Command & { readonly precondition?: Precondition };

export interface Erasures extends Erasing {
  restrict(command: Sent<RestrictCustomer>, context: CommandContext): Promise<Executed>;
  liftRestriction(command: Sent<EraseCustomer>, context: CommandContext): Promise<Executed>;
  /** While the record must be kept the customer is restricted instead. */
  request(command: Sent<EraseCustomer>, context: CommandContext): Promise<Executed>;
  withdraw(command: Sent<{ readonly customerId: string }>, context: CommandContext): Promise<Executed>;
  /** The second person's; then runs to the end. Once confirmed, anybody who may erase can have it go on by asking again. */
  confirm(command: Sent<{ readonly customerId: string }>, context: CommandContext): Promise<Executed>;
  requestOpening(command: RequestOpening, context: CommandContext): Promise<Executed>;
  approveOpening(command: NamedOpening, context: CommandContext): Promise<Executed>;
}

export function createErasures(options: ErasuresOptions): Erasures {
  const { records, escrowKey, idsOf, retentionUntil, today } = options;
  const erasing = createErasing(options);

  async function businessOf(customerId: string, at: Date): Promise<Business> {
    const ids = await idsOf(customerId);
    const states = (await Promise.all(ids.map((id) => records.load(customerRecord, id)))).map((loaded) => loaded?.state ?? customerRecord.initial);
    const { open, lastClosedAt } = await options.accountsOf(ids);
    const caseOpen = await options.hasOpenCase(ids);
    const ends = states.flatMap((state) => (state.status === 'absent' ? [] : [retentionUntil({ kind: state.kind, registeredAt: state.registeredAt }, lastClosedAt) ?? '']));
    const until = ends.toSorted().at(-1) ?? '';
    return { accountsOpen: open, caseOpen, ...(until !== '' && today(at) <= until && { retainedUntil: until }) };
  }

  const execute = (customerId: string, context: CommandContext, decide: (state: CustomerState) => Decision<CustomerEvent, CustomerCode>, precondition: Precondition = () => true) =>
    records.execute(customerRecord, customerId, context, ({ state, revision }) =>
      state.status !== 'absent' && !precondition(revision) ? reject<CustomerCode>('if_match_stale', `the record is at revision ${revision}`) : decide(state));

  return {
    ...erasing,
    restrict: ({ precondition, ...command }, context) => execute(command.customerId, context, (state) => decideRestrict(state, command), precondition),
    liftRestriction: ({ precondition, ...command }, context) => execute(command.customerId, context, (state) => decideLiftRestriction(state, command), precondition),
    withdraw: ({ customerId, precondition }, context) => execute(customerId, context, (state) => decideWithdrawErasure(state, customerId), precondition),

    async request({ precondition, ...command }, context) {
      const business = await businessOf(command.customerId, context.at);
      return execute(command.customerId, context, (state) => decideRequestErasure(state, command, business), precondition);
    },

    async confirm({ customerId, precondition }, context) {
      const business = await businessOf(customerId, context.at);
      const confirmed = await execute(customerId, context, (state) => decided(decideConfirmErasure(state, customerId, context.actor, business)), precondition);
      await erasing.advance(customerId, context);
      const now = await records.load(customerRecord, customerId);
      return { ...confirmed, ...(now && { revision: now.revision, position: now.position }) };
    },

    requestOpening: (command, context) => execute(command.customerId, context, (state) => decideRequestOpening(state, command)),
    approveOpening: (command, context) => execute(command.customerId, context, (state) => decideApproveOpening(state, command, context.actor)),
  };

  /** Without an escrow nothing is confirmed; whatever else is wrong is told first. */
  function decided<D extends Decision<CustomerEvent, CustomerCode>>(decision: D): D {
    if (decision.outcome !== 'reject') requiredEscrow(escrowKey);
    return decision;
  }
}

/** Tells that a backup is about to be shown; throws Refusal where nobody approved it. */
export const recordOpened = ({ records }: Pick<ErasingOptions, 'records'>, command: NamedOpening, context: CommandContext & { readonly actor: Actor }): Promise<Executed> =>
  records.execute(customerRecord, command.customerId, context, ({ state }) => decideOpened(state, command));
