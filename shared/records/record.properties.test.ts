import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryVault } from '../crypto/memory-vault.js';
import { createCodec } from '../events/codec.js';
import type { CustomerBranchAssigned } from '../events/customers/events.js';
import type { EventOf } from '../events/definition.js';
import { StoreFailure } from '../event-store/port.js';
import type { CommandContext } from '../http/context.js';
import { accept, nothing, reject } from '../kernel/decision.js';
import { createInterruptedStore } from './testing/interrupted-store.js';
import { createRecords, defineRecord, type Attempt } from './record.js';

type Branched = EventOf<typeof CustomerBranchAssigned>;
interface State { readonly branch: string | null; readonly seen: number }

const kind = defineRecord<State, Branched>({
  name: 'customer',
  initial: { branch: null, seen: 0 },
  evolve: (state, event) => ({ branch: event.data.after, seen: state.seen + 1 }),
});
const START = Date.parse('2025-01-01T00:00:00Z');
const customerId = '0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a';

const moveTo = (branch: string) => ({ state }: Attempt<State>) =>
  branch === 'X' ? reject('closed') : state.branch === branch ? nothing : accept<Branched>({ type: 'CustomerBranchAssigned', data: { customerId, before: state.branch, after: branch } });

const context = (key: number | undefined, branch: string, minute: number): CommandContext => ({
  commandId: key === undefined ? randomUUID() : `00000000-0000-4000-8000-00000000000${key}`,
  ...(key !== undefined && { commandHash: branch }),
  repeatable: key !== undefined,
  correlationId: 'c', actor: { id: 'a', role: 'teller', channel: 'counter' }, at: new Date(START + minute * 60_000),
});

const build = () => {
  const log = createInterruptedStore();
  return { log, records: createRecords({ store: log, codec: createCodec(createMemoryVault()) }) };
};

const commands = fc.array(
  fc.record({ key: fc.option(fc.nat(4), { nil: undefined }), branch: fc.constantFrom('A', 'B', 'C', 'X'), minute: fc.nat(50), rivals: fc.nat(3), lost: fc.boolean() }),
  { maxLength: 25 },
);

t.test('right events, and idempotent: whatever comes, however often, with rivals and lost answers', async (t) => {
  const seed = Date.now() % 2 ** 31;
  t.comment(`seed ${seed}`);
  await fc.assert(fc.asyncProperty(commands, async (script) => {
    const { log, records } = build();
    const model: string[] = [];
    const accepted = new Map<number, { branch: string; revision: bigint; position: bigint }>();
    for (const { key, branch, minute, rivals, lost } of script) {
      let left = rivals;
      let rivalWrites = false;
      log.beforeAppend = async () => {
        if (rivalWrites || left-- <= 0) return;
        rivalWrites = true;
        const rival = `rival ${model.length}`;
        await records.execute(kind, customerId, context(undefined, rival, minute), moveTo(rival));
        model.push(rival);
        rivalWrites = false;
      };
      const known = key === undefined ? undefined : accepted.get(key);
      const before = log.all.length;
      const run = () => records.execute(kind, customerId, context(key, branch, minute), moveTo(branch));
      const outcome = await run().catch((error: Error) => error.message);
      if (known && known.branch !== branch) {
        if (outcome !== 'idempotency_key_reused') return false;
      } else if (known) {
        if (typeof outcome === 'string' || outcome.revision !== known.revision || outcome.position !== known.position || log.all.length !== before) return false;
      } else if (branch === 'X') {
        if (outcome !== 'closed') return false;
      } else {
        if (typeof outcome === 'string') return false;
        if (model.at(-1) !== branch) model.push(branch);
        const wrote = log.all.some((event) => (event.metadata as { commandId: string }).commandId === context(key, branch, minute).commandId);
        if (key !== undefined && wrote) accepted.set(key, { branch, ...outcome });
        if (lost && wrote && key !== undefined) {
          const again = await run();
          if (!again.repeated || again.revision !== outcome.revision || again.position !== outcome.position) return false;
        }
      }
    }
    const state = (await records.load(kind, customerId))?.state ?? kind.initial;
    if (state.branch !== (model.at(-1) ?? null) || state.seen !== model.length) return false;
    const stored = log.all.map((event) => (event.data as Branched['data']).after);
    // What an event says was before it is what its decision rested on: nobody may have written in between.
    if (log.all.some((event, index) => (event.data as Branched['data']).before !== (stored[index - 1] ?? null))) return false;
    const times = log.all.map((event) => (event.metadata as { recordedAt: string }).recordedAt);
    return JSON.stringify(stored) === JSON.stringify(model) && times.every((time, index) => index === 0 || time >= times[index - 1]!);
  }), { seed, numRuns: 300 });
  t.pass('held');
});

t.test('as of a moment is the fold of what was known then; history pages both ways', async (t) => {
  const { records } = build();
  t.equal(await records.load(kind, customerId), undefined);
  t.equal(await records.history(kind, customerId, { direction: 'forwards', limit: 5 }), undefined);
  for (const [minute, branch] of [[1, 'A'], [2, 'B'], [3, 'C']] as const) await records.execute(kind, customerId, context(undefined, branch, minute), moveTo(branch));
  const at = async (minute: number) => (await records.asOf(kind, customerId, new Date(START + minute * 60_000)))?.state.branch;
  t.same([await at(0.9), await at(1), await at(2.5), await at(99)], [undefined, 'A', 'B', 'C']);
  const page = async (direction: 'forwards' | 'backwards', from?: bigint) =>
    (await records.history(kind, customerId, { direction, limit: 2, ...(from !== undefined && { from }) }))?.map(({ revision }) => revision);
  t.same(await page('forwards'), [0n, 1n]);
  t.same(await page('backwards'), [2n, 1n]);
  t.same(await page('backwards', 0n), [0n]);
});

t.test('an id that is new is not read first; where the id was not, the second try reads', async (t) => {
  const { log, records } = build();
  let reads = 0;
  const { readStream } = log;
  log.readStream = (...args) => (reads++, readStream(...args));
  const counted = createRecords({ store: log, codec: createCodec(createMemoryVault()) });
  const run = (branch: string) => counted.execute(kind, customerId, context(undefined, branch, 0), moveTo(branch), { idIsNew: true });
  t.match(await run('A'), { revision: 0n, repeated: false });
  t.equal(reads, 0);
  t.match(await run('B'), { revision: 1n });
  t.equal(reads, 1);
  t.match(await records.load(kind, customerId), { state: { branch: 'B', seen: 2 } }, 'decided on what was there');
});

t.test('gives up when others never stop writing; an outage is not swallowed', async (t) => {
  const { log, records } = build();
  log.beforeAppend = async () => { throw new StoreFailure('wrong-expected-version', 'always'); };
  await t.rejects(records.execute(kind, customerId, context(1, 'A', 0), moveTo('A')), { message: 'always' });
  log.beforeAppend = async () => { throw new StoreFailure('outcome-unknown', 'away'); };
  await t.rejects(records.execute(kind, customerId, context(1, 'A', 0), moveTo('A')), { message: 'away' });
});
