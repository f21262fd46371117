import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createCodec } from '../../shared/events/codec.js';
import type { NewEvent } from '../../shared/event-store/port.js';
import { eventually } from '../../shared/testing/eventually.js';
import { seed } from '../../shared/testing/seed.js';
import { conserved } from './conservation.js';
import { evolve } from './evolve.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { money, idOf } from './ledger-fixture.js';
import type { LedgerCommand } from './commands.js';
import { LedgerState } from './state.js';
import { accepted, codeOf, openBench, type Bench, type Fault } from './shard-fixture.js';

t.comment(`seed ${seed}`);
const move = (from: string, to: string, amount: string): LedgerCommand => ({ kind: 'transfer', from, to, money: money(amount) });

/** What the log says: every command once, revisions without a gap, balanceAfter as the fold has it. */
async function audit(bench: Bench): Promise<{ ids: Map<string, number>; state: LedgerState; sound: string | undefined }> {
  const state = new LedgerState();
  const ids = new Map<string, number>();
  const stored = await bench.events();
  let sound: string | undefined;
  for (const { event, metadata } of await createCodec(bench.vault).read(stored, { open: false })) {
    const ledgerEvent = event as LedgerEvent;
    evolve(state, ledgerEvent);
    ids.set(metadata.commandId, (ids.get(metadata.commandId) ?? 0) + 1);
    if ('legs' in ledgerEvent.data)
      for (const leg of ledgerEvent.data.legs) {
        const balance = state.accounts.balanceOf(state.accounts.find(leg.accountId));
        if (BigInt(leg.balanceAfter.amount.replace('.', '')) !== balance) sound ??= `${ledgerEvent.type}: balanceAfter ${leg.balanceAfter.amount}, balance ${balance}`;
      }
  }
  return { ids, state, sound: sound ?? conserved(state) };
}

const foreignNoise = (events: number, commandId = randomUUID()): NewEvent[] =>
  Array.from({ length: events }, (_, part) => ({
    id: randomUUID(), type: 'LedgerClaimed', data: { shard: 0, part: part + 1, parts: events },
    metadata: { commandId, $correlationId: 'x', $causationId: commandId, actor: { id: 'other', role: 'system', channel: 'system' }, schemaVersion: 1, recordedAt: '2026-03-02T04:00:00.000Z' },
  }));

for (const groupsInFlight of [1, 2] as const)
  t.test(`faults with ${groupsInFlight} in flight`, async (t) => {
    for (const [name, faults] of Object.entries<(Fault | 'fine')[]>({
      'a lost request': ['lost-before'],
      'a lost answer': ['lost-after'],
      'a delay': ['delayed'],
      'a store away for a while': ['unavailable', 'unavailable', 'unavailable'],
      'a lost request, then a lost answer': ['lost-before', 'lost-after'],
      'a group too large': ['too-large'],
      'another writer': [{ foreign: foreignNoise(70) }],
    }))
      t.test(name, async (t) => {
        const bench = await openBench({ groupsInFlight });
        t.teardown(() => bench.shard.stop());
        const [a, b] = [await bench.account('a', '1000.00'), await bench.account('b', '1000.00')];
        bench.eventStore.next = faults;
        const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => bench.run(n % 2 ? move(a, b, '1.00') : move(b, a, '2.00'), `t${n}`)));
        t.strictSame(answers.map(codeOf), answers.map(() => 'accepted'));
        const { ids, state, sound } = await audit(bench);
        t.equal(sound, undefined);
        for (let n = 0; n < 40; n++) t.equal(ids.get(idOf(`t${n}`)), 1, `t${n} is there once`);
        t.equal(state.accounts.balanceOf(state.accounts.find(a)), 102_000n);
        const positions = new Set((await bench.events()).map(({ position }) => position));
        for (const given of answers) t.ok(positions.has(accepted(given).position), 'its position is one of the log');
        const stored = new Map((await bench.events()).map((event) => [(event.metadata as { commandId: string }).commandId, event.revision]));
        answers.forEach((given, n) => t.equal(accepted(given).revision, stored.get(idOf(`t${n}`))));
      });
  });

t.test('any faults at random: what was answered is there exactly once, and nothing that was refused', async (t) => {
  let random = seed;
  const chance = (): number => (random = (random * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (const groupsInFlight of [1, 2] as const) {
    const bench = await openBench({ groupsInFlight, maxGroupEvents: 20 });
    t.teardown(() => bench.shard.stop());
    const accounts = await Promise.all(Array.from({ length: 5 }, (_, n) => bench.account(`${groupsInFlight} ${n}`, '50.00')));
    bench.eventStore.every = () => {
      const roll = chance();
      if (roll < 0.1) return 'lost-before';
      if (roll < 0.2) return 'lost-after';
      if (roll < 0.25) return 'unavailable';
      if (roll < 0.4) return 'delayed';
      if (roll < 0.45) return { foreign: foreignNoise(65 + Math.floor(chance() * 5)) };
      return 'fine';
    };
    const given = new Map<string, string>();
    await Promise.all(Array.from({ length: 16 }, async (_, lane) => {
      for (let n = 0; n < 25; n++) {
        const [from, to] = [accounts[Math.floor(chance() * 5)]!, accounts[Math.floor(chance() * 5)]!];
        const key = `r${groupsInFlight} ${lane} ${n}`;
        given.set(key, codeOf(await bench.run(move(from, to, `${1 + Math.floor(chance() * 30)}.00`), key)));
      }
    }));
    const { ids, sound } = await audit(bench);
    t.equal(sound, undefined);
    for (const [key, code] of given) t.equal(ids.get(idOf(key)), code === 'accepted' ? 1 : undefined, `${key} ${code}`);
    t.ok([...given.values()].some((code) => code === 'accepted'));
  }
});

t.test('control: a writer that sends fresh ids after a lost answer doubles money, and the audit sees it', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '10.00'), await bench.account('b', '10.00')];
  accepted(await bench.run(move(a, b, '1.00'), 'once'));
  const last = (await bench.events()).at(-1)!;
  await bench.eventStore.append('ledger-0', [{ id: randomUUID(), type: last.type, data: last.data, metadata: last.metadata }], last.revision);
  const { ids, sound } = await audit(bench);
  t.equal(ids.get(idOf('once')), 2);
  t.match(sound, /balanceAfter/);
});

t.test('with two in flight a claim keeps a late group from landing behind another writer\'s events', async (t) => {
  // As this program takes over: with one more event than a group that has another behind it may hold. And as one that does not, for control.
  for (const [claimed, sound] of [[65, true], [1, false]] as const) {
    const bench = await openBench({ groupsInFlight: 2 });
    t.teardown(() => bench.shard.stop());
    const [a, b] = [await bench.account('a', '10.00'), await bench.account('b', '10.00')];
    bench.eventStore.next = [{ foreign: foreignNoise(claimed), answerAfterMs: 200 }];
    const appends = bench.eventStore.appends;
    const first = bench.run(move(a, b, '10.00'), 'first');
    await eventually(() => bench.eventStore.appends > appends, { everyMs: 2 });
    const second = bench.run(move(b, a, '20.00'), 'second');
    t.strictSame([codeOf(await first), codeOf(await second)], ['accepted', 'accepted']);
    if (sound) t.equal((await audit(bench)).sound, undefined);
    else t.match((await audit(bench)).sound, /balanceAfter|below/, 'control: one foreign event lets the second group in too early');
    if (sound) t.equal((await bench.events()).filter(({ type }) => type === 'LedgerClaimed').length, 130, 'the other\'s claim and our own after it');
  }
});

t.test('nothing is answered before its group is stored, refusals and repeats neither', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '10.00'), await bench.account('b')];
  bench.eventStore.every = () => 'lost-before';
  const order: string[] = [];
  const note = (name: string) => (given: { outcome: string }) => void order.push(`${name} ${given.outcome}`);
  const moved = bench.run(move(a, b, '10.00'), 'moved').then(note('moved'));
  const refusal = bench.run(move(a, b, '10.00'), 'too much').then(note('too much'));
  const repeat = bench.run(move(a, b, '10.00'), 'moved').then(note('repeat'));
  await letTimePass(150, 'nothing may be answered while the first group is not stored');
  t.strictSame(order, []);
  t.equal(bench.shard.status().mode, 'resolving');
  bench.eventStore.every = undefined;
  await Promise.all([moved, refusal, repeat]);
  t.strictSame(order, ['moved accepted', 'too much refused', 'repeat accepted']);
});

t.test('who waits too long is told that the outcome is open, and the same key gives the answer later', async (t) => {
  const bench = await openBench({ answerTimeoutMs: 1_000 });
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '10.00'), await bench.account('b')];
  bench.eventStore.next = ['lost-after', ...Array.from({ length: 8 }, (): Fault => 'lost-before')];
  const waiting = bench.run(move(a, b, '10.00'), 'slow');
  const behind = bench.run(move(b, a, '1.00'), 'behind');
  await letTimePass(30, 'both are on their way before the clock moves');
  bench.now = new Date(bench.now.getTime() + 5_000);
  t.match(await waiting, { outcome: 'refused', rejection: { code: 'outage' }, retryAfterSeconds: 1 });
  await behind;
  const again = accepted(await bench.run(move(a, b, '10.00'), 'slow'));
  t.equal(again.repeated, true);
  t.equal((await audit(bench)).ids.get(idOf('slow')), 1);
});

t.test('a full intake turns away at once', async (t) => {
  const bench = await openBench({ intakeCapacity: 5 });
  t.teardown(() => bench.shard.stop());
  const a = await bench.account('a', '10.00');
  const answers = await Promise.all(Array.from({ length: 8 }, () => bench.run({ kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter' })));
  t.strictSame(answers.map(codeOf), ['accepted', 'accepted', 'accepted', 'accepted', 'accepted', 'overloaded', 'overloaded', 'overloaded']);
  t.match(answers[7], { retryAfterSeconds: 1 });
});

t.test('a log that is shorter than what it acknowledged stops the shard', async (t) => {
  let failed: Error | undefined;
  const bench = await openBench();
  const a = await bench.account('a', '10.00');
  await bench.shard.stop();
  const { openLedgerShard } = await import('./ledger-shard.js');
  bench.shard = await openLedgerShard({ ...bench.options, onFailed: (error) => (failed = error) });
  t.teardown(() => bench.shard.stop());
  await bench.eventStore.deleteStream('ledger-0', 'any');
  const short = bench.eventStore.append.bind(bench.eventStore);
  bench.eventStore.append = async (stream, events, expected) => {
    const { StoreFailure } = await import('../../shared/event-store/port.js');
    if (expected !== 'any') throw new StoreFailure('wrong-expected-version', 'shorter');
    return short(stream, events, expected);
  };
  t.equal(codeOf(await bench.run({ kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter' })), 'outage');
  t.match(failed, /lost events/);
  t.equal(bench.shard.status().mode, 'failed');
});
