import t from 'tap';
import { createCodec } from '../../shared/events/codec.js';
import { ANN, BEN, idOf, money, openAccount, ownAccount } from './ledger-fixture.js';
import type { LedgerAnswer } from './answers.js';
import type { LedgerCommand } from './commands.js';
import { memoryIndex, type LedgerIndex } from './index-port.js';
import { accepted, codeOf, openBench } from './shard-fixture.js';
import { eventually } from '../../shared/testing/eventually.js';

const move = (from: string, to: string, amount: string): LedgerCommand => ({ kind: 'transfer', from, to, money: money(amount) });
const line = (from: string, to: string, amount: string) => ({ from, to, money: money(amount) });

t.test('an atomic batch is one append, all or none', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '11.00'), await bench.account('b')];
  const good: LedgerCommand = { kind: 'transfer-batch', atomic: true, transfers: [line(a, b, '4.00'), line(b, a, '1.00'), line(a, b, '7.00')] };
  const given = accepted(await bench.run(good, 'batch'));
  t.equal(given.id, idOf('batch'));
  t.strictSame(given.lines!.map(({ status }) => status), ['posted', 'posted', 'posted']);
  const stored = (await bench.events()).slice(-4);
  t.strictSame(stored.map(({ type }) => type), ['TransferBatchReceived', 'TransferPosted', 'TransferPosted', 'TransferPosted']);
  t.equal(stored[3]!.revision, given.revision);
  t.equal(stored[3]!.position, given.position);
  t.strictSame(given.lines!.map((each) => each.status === 'posted' && each.revision), stored.slice(1).map(({ revision }) => revision));
  t.strictSame(given.lines!.map((each) => each.status === 'posted' && each.id), stored.slice(1).map(({ data }) => (data as { movementId: string }).movementId));
  for (const event of stored.slice(1)) t.equal((event.metadata as { $causationId: string }).$causationId, idOf('batch'));
  const again = accepted(await bench.run(good, 'batch'));
  t.strictSame({ ...again, repeated: false }, given, 'the same answer again');
  t.equal((await bench.events()).length, Number(given.revision) + 1, 'and nothing stored');
  t.equal(codeOf(await bench.run(good, 'batch', 'other')), 'idempotency_key_reused');
  const bad: LedgerCommand = { kind: 'transfer-batch', atomic: true, transfers: [line(a, b, '0.50'), line(b, a, '99.00'), line(idOf('nobody'), a, '1.00')] };
  t.match(await bench.run(bad, 'bad'), { rejection: { code: 'batch_refused', errors: [{ pointer: '/transfers/1', code: 'insufficient_funds' }, { pointer: '/transfers/2', code: 'account_not_found' }] } });
  t.equal((await bench.events()).length, Number(given.revision) + 1, 'none of it is stored');
  const reversed = accepted(await bench.run({ kind: 'reverse', movementId: given.lines!.map((each) => (each.status === 'posted' ? each.id : ''))[1]!, reason: 'x' }, 'back'));
  t.equal(reversed.id, idOf('back'));
});

t.test('a batch whose lines stand alone gives a result per line', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '10.00'), await bench.account('b')];
  const batch: LedgerCommand = { kind: 'transfer-batch', atomic: false, transfers: [line(a, b, '4.00'), line(b, a, '99.00'), line(a, b, '6.00')] };
  const given = accepted(await bench.run(batch, 'batch'));
  t.match(given.lines, [{ line: 0, status: 'posted' }, { line: 1, status: 'refused', code: 'insufficient_funds' }, { line: 2, status: 'posted' }]);
  const count = (await bench.events()).length;
  const again = accepted(await bench.run(batch, 'batch'));
  t.strictSame({ ...again, repeated: false }, given);
  t.equal((await bench.events()).length, count);
  t.equal(codeOf(await bench.run({ ...batch, transfers: batch.transfers.slice(1) }, 'batch', 'other')), 'idempotency_key_reused');
  t.equal(codeOf(await bench.run({ ...batch, atomic: true }, 'batch', 'third')), 'idempotency_key_reused');
  t.equal((await bench.events()).length, count, 'a conflict moves nothing');
  accepted(await bench.run({ kind: 'deposit', accountId: b, money: money('100.00'), channel: 'counter' }));
  t.equal(accepted(await bench.run(batch, 'batch')).lines![1]!.status, 'posted', 'a refused line may succeed later');
});

t.test('500 lines are the most', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '1000.00'), await bench.account('b')];
  const batch = (count: number, memo?: string): LedgerCommand => ({ kind: 'transfer-batch', atomic: true, transfers: Array.from({ length: count }, () => ({ ...line(a, b, '0.01'), ...(memo !== undefined && { memo }) })) });
  t.equal(codeOf(await bench.run(batch(500))), 'accepted');
  t.equal(codeOf(await bench.run(batch(501))), 'batch_too_large');
  t.equal(codeOf(await bench.run(batch(500, '备'.repeat(140)))), 'batch_too_large', 'nor may their memos go beyond an append');
});

t.test('of many who capture one hold or reverse one movement, one wins', async (t) => {
  const bench = await openBench({ maxGroupEvents: 3 });
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '100.00'), await bench.account('b')];
  accepted(await bench.run({ kind: 'place-hold', accountId: a, money: money('10.00'), to: b }, 'hold'));
  accepted(await bench.run(move(a, b, '5.00'), 'moved'));
  const captures = await Promise.all(Array.from({ length: 30 }, () => bench.run({ kind: 'capture-hold', holdId: idOf('hold') })));
  t.strictSame(captures.map(codeOf).sort(), ['accepted', ...Array.from({ length: 29 }, () => 'hold_ended')]);
  const reversals = await Promise.all(Array.from({ length: 30 }, () => bench.run({ kind: 'reverse', movementId: idOf('moved'), reason: 'x' })));
  t.strictSame(reversals.map(codeOf).sort(), ['accepted', ...Array.from({ length: 29 }, () => 'movement_already_reversed')]);
});

t.test('a movement can be reversed in the very group that posts it', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '100.00'), await bench.account('b')];
  bench.eventStore.next = ['lost-before'];
  const moved = bench.run(move(a, b, '5.00'), 'moved');
  await new Promise((resolve) => setImmediate(resolve));
  const back = bench.run({ kind: 'reverse', movementId: idOf('moved'), reason: 'x' }, 'back');
  t.strictSame([codeOf(await moved), codeOf(await back)], ['accepted', 'accepted']);
});

t.test('the same command with the same key is answered the same; another with it is a conflict; a refusal is forgotten', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const opened = accepted(await bench.run(openAccount(ANN), 'a'));
  t.strictSame({ ...accepted(await bench.run(openAccount(ANN), 'a')), repeated: false }, opened, 'the account number too');
  const b = await bench.account('b');
  t.equal(codeOf(await bench.run(move(opened.id, b, '5.00'), 'early')), 'insufficient_funds');
  accepted(await bench.run({ kind: 'deposit', accountId: opened.id, money: money('5.00'), channel: 'counter' }, 'paid'));
  t.equal(codeOf(await bench.run(move(opened.id, b, '5.00'), 'early')), 'accepted');
  t.equal(codeOf(await bench.run(move(opened.id, b, '5.00'), 'early', 'other')), 'idempotency_key_reused');
  const both = await Promise.all([bench.run(move(b, opened.id, '1.00'), 'twin'), bench.run(move(b, opened.id, '1.00'), 'twin')]);
  t.strictSame(both.map((given) => accepted(given).repeated), [false, true]);
  t.equal(accepted(both[0]!).revision, accepted(both[1]!).revision);
});

t.test('what memory has forgotten, the index and the log remember', async (t) => {
  const index = memoryIndex();
  let away = false;
  const flaky: LedgerIndex = { ...index, find: (...query) => (away ? Promise.reject(new Error('away')) : index.find(...query)) };
  const bench = await openBench({ rememberedCommands: 5, maxGroupEvents: 4 }, { index: flaky });
  t.teardown(() => bench.shard.stop());
  const opened = accepted(await bench.run(openAccount(ANN), 'a'));
  const b = await bench.account('b');
  accepted(await bench.run({ kind: 'deposit', accountId: opened.id, money: money('100.00'), channel: 'counter' }));
  const all = await Promise.all(Array.from({ length: 20 }, (_, n) => bench.run(move(opened.id, b, '1.00'), `t${n}`)));
  accepted(await bench.run({ kind: 'place-hold', accountId: opened.id, money: money('1.00') }, 'hold'));
  accepted(await bench.run({ kind: 'release-hold', holdId: idOf('hold') }));
  await Promise.all(Array.from({ length: 12 }, (_, n) => bench.run(move(opened.id, b, '1.00'), `u${n}`)));
  await eventually(() => bench.shard.status().rememberedCommands <= 5);
  const count = (await bench.events()).length;
  for (const [n, given] of all.entries()) t.strictSame({ ...accepted(await bench.run(move(opened.id, b, '1.00'), `t${n}`)), repeated: false }, given, `t${n}: body, revision and position as the first time`);
  t.strictSame({ ...accepted(await bench.run(openAccount(ANN), 'a')), repeated: false }, opened);
  t.equal(codeOf(await bench.run(move(opened.id, b, '1.00'), 't3', 'other')), 'idempotency_key_reused');
  t.equal((await bench.events()).length, count, 'nothing was stored again');
  t.equal(codeOf(await bench.run({ kind: 'capture-hold', holdId: idOf('hold') })), 'hold_ended');
  t.equal(codeOf(await bench.run({ kind: 'capture-hold', holdId: idOf('t1') })), 'hold_not_found', 'a transfer is no hold');
  t.equal(codeOf(await bench.run({ kind: 'reverse', movementId: opened.id, reason: 'x' })), 'movement_not_found', 'an account is no movement');
  t.equal(codeOf(await bench.run({ kind: 'reverse', movementId: idOf('t2'), reason: 'x' })), 'accepted');
  away = true;
  t.match(await bench.run(move(opened.id, b, '1.00'), 't4'), { outcome: 'refused', rejection: { code: 'outage' }, retryAfterSeconds: 1 }, 'without the index nobody can tell: neither doubled nor denied');
  t.equal(codeOf(await bench.run(move(opened.id, b, '1.00'), 'new key')), 'outage');
  away = false;
  t.equal(accepted(await bench.run(move(opened.id, b, '1.00'), 't4')).repeated, true);
  await index.reset(0);
  t.equal(codeOf(await bench.run(move(opened.id, b, '1.00'), 't4')), 'outage', 'an emptied index proves nothing');
  const found = await eventually(async () => { const answer = await bench.run(move(opened.id, b, '1.00'), 't4'); return answer.outcome === 'accepted' && answer; });
  t.equal(found.repeated, true, 'it is rebuilt from the log');
});

t.test('an index that names a wrong revision is found out and rebuilt', async (t) => {
  const index = memoryIndex();
  let lie = false;
  const lying: LedgerIndex = { ...index, async find(shard, ids) { const found = await index.find(shard, ids); return lie ? { ...found, revisions: new Map([...found.revisions].map(([id, revision]) => [id, revision - 3])) } : found; } };
  const bench = await openBench({ rememberedCommands: 2, maxGroupEvents: 2 }, { index: lying });
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '100.00'), await bench.account('b')];
  for (let n = 0; n < 8; n++) accepted(await bench.run(move(a, b, '1.00'), `t${n}`));
  await eventually(() => bench.shard.status().rememberedCommands <= 2);
  lie = true;
  t.equal(codeOf(await bench.run(move(a, b, '1.00'), 't1')), 'outage');
  lie = false;
  const given = await eventually(async () => { const answer = await bench.run(move(a, b, '1.00'), 't1'); return answer.outcome === 'accepted' && answer; });
  t.equal(given.repeated, true);
});

t.test('holds expire and days begin on ticks', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const a = await bench.account('a', '10.00');
  accepted(await bench.run({ kind: 'place-hold', accountId: a, money: money('10.00'), expiresAt: '2026-03-02T05:00:00.000Z' }, 'hold'));
  bench.now = new Date('2026-03-02T05:00:00.000Z');
  t.equal(codeOf(await bench.run({ kind: 'capture-hold', holdId: idOf('hold') })), 'hold_expired');
  t.equal(bench.shard.status().openHolds, 1, 'it is logged on the tick');
  await bench.shard.tick();
  t.equal(bench.shard.status().openHolds, 0);
  t.match((await bench.events()).at(-1), { type: 'HoldReleased', data: { holdId: idOf('hold'), cause: 'expired' } });
  bench.now = new Date('2026-03-02T16:00:00.000Z');
  await bench.shard.tick();
  t.match((await bench.events()).at(-1), { type: 'BusinessDateOpened', data: { businessDate: '2026-03-03' } }, 'midnight in Shanghai');
  await bench.shard.tick();
  t.equal((await bench.events()).filter(({ type }) => type === 'BusinessDateOpened').length, 2);
});

t.test('recording times never go back', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const a = await bench.account('a', '10.00');
  bench.now = new Date('2026-03-02T03:00:00.000Z');
  await bench.restart();
  accepted(await bench.run({ kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter' }));
  t.match((await bench.events()).at(-1)!.metadata, { recordedAt: '2026-03-02T04:00:00.000Z' });
});

t.test('memos are sealed in the log, and an erased customer\'s are refused', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const a = await bench.account('a', '10.00');
  const b = accepted(await bench.run(openAccount(BEN), 'b')).id;
  accepted(await bench.run({ kind: 'transfer', from: a, to: b, money: money('1.00'), memo: 'rent for March' }, 'rent'));
  const events = await bench.events();
  t.notMatch(JSON.stringify(events.map(({ data, metadata }) => ({ data, metadata }))), /rent for/);
  const [opened] = await createCodec(bench.vault).read([events.at(-1)!], { open: true });
  t.strictSame((opened!.event.data as { legs: { memo: string }[] }).legs.map(({ memo }) => memo), ['rent for March', 'rent for March']);
  await bench.vault.erase(BEN);
  const answers = await Promise.all([
    bench.run({ kind: 'transfer', from: a, to: b, money: money('1.00'), memo: 'gone' }),
    bench.run({ kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter', memo: 'mine' }),
    bench.run(move(a, b, '1.00'), 'bare'),
    bench.run({ kind: 'freeze', accountId: b, mode: 'debit-only', reason: 'gone too' }),
    bench.run({ kind: 'freeze', accountId: a, mode: 'debit-only', reason: 'mine too' }),
  ]);
  t.strictSame(answers.map(codeOf), ['customer_erased', 'accepted', 'accepted', 'customer_erased', 'accepted']);
  t.equal(codeOf(await bench.run({ kind: 'reverse', movementId: idOf('bare'), reason: 'of both' })), 'customer_erased');
  t.equal(codeOf(await bench.run({ kind: 'unfreeze', accountId: a, reason: 'mine' })), 'accepted');
  t.equal(codeOf(await bench.run({ kind: 'close-account', accountId: b, to: a })), 'accepted', 'without words an erased customer\'s account can be closed');
});

t.test('what staff write as reasons is sealed under the customers concerned, and comes back', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const a = await bench.account('a', '10.00');
  const b = accepted(await bench.run(openAccount(BEN), 'b')).id;
  const own = (line: 'cash' | 'clearing') => ownAccount(line);
  const steps: LedgerCommand[] = [
    { kind: 'change-holders', accountId: a, holders: [{ customerId: BEN, role: 'attorney' }], reason: 'quokka holders' },
    { kind: 'freeze', accountId: a, mode: 'full', reason: 'quokka freeze' },
    { kind: 'unfreeze', accountId: a, reason: 'quokka unfreeze' },
    { kind: 'transfer', from: a, to: b, money: money('1.00'), memo: 'quokka memo' },
    { kind: 'reverse', movementId: idOf('step 3'), reason: 'quokka reversal' },
    { kind: 'transfer', from: own('clearing'), to: own('cash'), money: money('1.00'), memo: 'quokka between own' },
    { kind: 'reverse', movementId: idOf('step 5'), reason: 'quokka reversal of own' },
    { kind: 'close-account', accountId: a, to: b, reason: 'quokka closing' },
  ];
  const before = (await bench.events()).length;
  for (const [index, step] of steps.entries()) accepted(await bench.run(step, `step ${index}`));
  const events = (await bench.events()).slice(before);
  t.notMatch(JSON.stringify(events.map(({ data, metadata }) => ({ data, metadata }))), /quokka/);
  const texts = async () =>
    (await createCodec(bench.vault).read(events, { open: true })).map(({ event }) => [...JSON.stringify(event.data).matchAll(/"(?:memo|reason)":"([^"]*)"/g)].map(([, text]) => text));
  t.strictSame(await texts(), [
    ['quokka holders'], ['quokka freeze'], ['quokka unfreeze'], ['quokka memo', 'quokka memo'], ['quokka reversal', 'quokka reversal'],
    ['quokka between own', 'quokka between own'], ['quokka reversal of own'], [], ['quokka closing'],
  ]);
  await bench.vault.erase(ANN);
  t.strictSame(await texts(), [
    ['erased'], ['erased'], ['erased'], ['erased', 'quokka memo'], ['erased', 'quokka reversal'], ['quokka between own', 'quokka between own'], ['quokka reversal of own'], [], ['erased'],
  ], 'Ann\'s copies are gone, Ben\'s and the house\'s are not');
});

t.test('while the vault is away, commands with words are to be tried again and the others go on', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const [a, b] = [await bench.account('a', '10.00'), await bench.account('b')];
  accepted(await bench.run(move(a, b, '1.00'), 'moved'));
  const { keysOf } = bench.vault;
  Object.assign(bench.vault, { keysOf: () => Promise.reject(new Error('the vault is away')) });
  const words = (): Promise<LedgerAnswer>[] => [
    bench.run({ kind: 'transfer', from: a, to: b, money: money('1.00'), memo: 'x' }, 'w0'),
    bench.run({ kind: 'reverse', movementId: idOf('moved'), reason: 'x' }, 'w1'),
    bench.run({ kind: 'transfer', from: ownAccount('clearing'), to: ownAccount('cash'), money: money('1.00'), memo: 'x' }, 'w2'),
    bench.run({ kind: 'freeze', accountId: b, mode: 'debit-only', reason: 'x' }, 'w3'),
  ];
  const answers = await Promise.all([...words(), bench.run(move(a, b, '1.00')), bench.run({ kind: 'place-hold', accountId: ownAccount('cash'), money: money('1.00'), memo: 'x' })]);
  t.strictSame(answers.map(codeOf), ['outage', 'outage', 'outage', 'outage', 'accepted', 'account_is_general_ledger']);
  Object.assign(bench.vault, { keysOf });
  t.strictSame((await Promise.all(words())).map(codeOf), ['accepted', 'accepted', 'accepted', 'accepted'], 'the same keys again, now done');
});
