import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import type { Attempt, Executed, Records } from '../../../shared/records/record.js';
import type { ProfileCheck } from '../commands.js';
import type { IdentityGuard } from '../identity-guard.js';
import { IDENTIFYING_FIELDS, identityOf } from '../identity.js';
import { customerRecord, type CustomerState } from '../state.js';
import { decideBeginMerge, decideBeginUnmerge, type MergeCustomers, type UnmergeCustomers } from './decider.js';
import { createAdvanceMerges, mergingOf, type AdvanceMerges } from './steps.js';

export interface MergesOptions {
  readonly records: Records;
  readonly guard: IdentityGuard;
  /** The profile check of a day: that of the moment given. */
  readonly checkAt: (at: Date) => ProfileCheck;
}

export interface Merges {
  /** `id` of what is answered is the merge's; revision and position are the survivor's. Throws Refusal. */
  merge(command: Omit<MergeCustomers, 'mergeId'>, context: CommandContext): Promise<Executed>;
  unmerge(command: UnmergeCustomers, context: CommandContext): Promise<Executed>;
  readonly advance: AdvanceMerges;
}

export function createMerges({ records, guard, checkAt }: MergesOptions): Merges {
  const advance = createAdvanceMerges(records);

  async function read(customerId: string): Promise<Attempt<CustomerState>> {
    const loaded = await records.load(customerRecord, customerId);
    return loaded ?? { state: customerRecord.initial, revision: -1n };
  }

  return {
    async merge(given, context) {
      const command: MergeCustomers = { ...given, mergeId: createdIdOf(context.commandId, 'merge') };
      const { customerId, from, mergeId } = command;
      const check = checkAt(context.at);
      let other = await read(from);
      const { repeated } = await records.execute(customerRecord, customerId, context, (attempt) => decideBeginMerge(attempt, other, command, check), {
        async beforeAppend({ state }) {
          if (other.state.status === 'active' && command.take.some((field) => IDENTIFYING_FIELDS.has(field))) {
            const identity = identityOf(other.state.profile);
            await guard.claim(await guard.look(identity), { identity, customerId, state, context, alsoOf: from });
          }
          other = await read(from);
        },
      });
      await advance(customerId, context.at);
      const merge = (await mergingOf(records, customerId))?.outcomes.get(mergeId)?.merge;
      if (merge === undefined) throw new Error(`merge ${mergeId} was begun and is not in the log`);
      if ('abandoned' in merge) throw new Refusal({ code: merge.abandoned, detail: `customer ${from} was changed meanwhile` });
      return { id: mergeId, ...merge, repeated };
    },

    async unmerge(command, context) {
      const { customerId, mergeId } = command;
      const check = checkAt(context.at);
      const merge = (await mergingOf(records, customerId))?.merges.find(({ id }) => id === mergeId);
      const other = merge ? (await read(merge.from)).state : customerRecord.initial;
      const { repeated } = await records.execute(customerRecord, customerId, context, (attempt) => decideBeginUnmerge(attempt, other, command, check));
      await advance(customerId, context.at);
      const unmerge = (await mergingOf(records, customerId))?.outcomes.get(mergeId)?.unmerge;
      if (unmerge === undefined) throw new Error(`merge ${mergeId} was to be undone and is not`);
      return { id: mergeId, ...unmerge, repeated };
    },

    advance,
  };
}
