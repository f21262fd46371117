import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { everythingClear, viewsFrom, type Views } from '../../shared/access/data-classes.js';
import type { Permission } from '../../shared/access/permissions.js';
import type { Scope } from '../../shared/access/rights.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { createCodec, type Draft } from '../../shared/events/codec.js';
import type { Access } from '../../shared/http/access-record.js';
import { buildServer } from '../../shared/http/server.js';
import { documented } from '../../shared/http/testing/documented.js';
import { eventsModule } from './routes.js';

const [ANNA, BEN] = ['0198a7c2-0000-7000-8000-000000000001', '0198a7c2-0000-7000-8000-000000000002'];
const ACCOUNT = '0198a7c2-0000-7000-8000-00000000000a';
const profile = (JSON.parse(readFileSync('shared/events/fixtures/CustomerRegistered.v1.json', 'utf8')) as { profile: object }).profile;
const leg = (customerId: string | undefined, side: 'debit' | 'credit', memo: string) =>
  ({ accountId: ACCOUNT, ...(customerId !== undefined && { customerId }), side, money: { amount: '1.00', currency: 'CNY' }, balanceAfter: { amount: '1.00', currency: 'CNY' }, memo });

/** A log of five events behind the real server, asked by one client. */
async function bank(t: Test, { views = everythingClear, scope = 'all' as Scope, permissions = ['events.unseal'] as Permission[] }: { views?: Views; scope?: Scope; permissions?: Permission[] } = {}) {
  const [store, vault] = [memoryEventStore(), createMemoryVault()];
  const codec = createCodec(vault);
  let number = 0;
  const append = async (stream: string, type: string, data: object): Promise<void> => {
    const id = `0198a7c2-0000-7000-9000-${String(number++).padStart(12, '0')}`;
    const metadata = { commandId: id, $correlationId: id, $causationId: id, actor: { id: 'x', role: 'x', channel: 'online' }, schemaVersion: 1, recordedAt: '2026-01-01T00:00:00.000Z' };
    await store.append(stream, await codec.seal([{ id, event: { type, data }, metadata } as Draft]), 'any');
  };
  await append(`customer-${ANNA}`, 'CustomerRegistered', { customerId: ANNA, kind: 'individual', profile });
  await append(`customer-${ANNA}`, 'CustomerUpdated', { customerId: ANNA, fields: ['email', 'name'], update: { changes: [{ field: 'email', before: null, after: 'a@example.com' }, { field: 'name', before: '王小明', after: '王大明' }], reason: 'new mail', evidence: ['letter'] } });
  await append('ledger-0', 'TransferPosted', { movementId: ACCOUNT, legs: [leg(ANNA, 'debit', 'rent to Ben'), leg(BEN, 'credit', 'rent from Anna'), leg(undefined, 'credit', 'of the house')] });
  await append('ledger-0', 'CustomerBarred', { customerId: ANNA });
  await append(`documents-${ANNA}`, 'DocumentRemoved', { customerId: ANNA, documentId: ACCOUNT, reason: 'wrong file' });
  const recorded: Access[] = [];
  const restricted = new Set<string>();
  const server = documented(await buildServer({
    modules: [eventsModule({ store, vault, isRestricted: async (id) => restricted.has(id) })],
    authenticate: () => ({ id: 'program', role: 'client', channel: 'system', rights: { holder: 'program', permits: new Map(permissions.map((one) => [one, [{ scope, branches: new Set(['B']) }]])), views } }),
    logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, checks: {},
    accessLog: { record: async (access) => void recorded.push(access), refused: () => {} },
  }));
  t.teardown(() => server.close());
  const ask = async (events: unknown, more: object = { reason: 'a statement' }) => (await server.inject({ method: 'POST', url: '/v1/events/unseal', payload: { events, ...more } })).json();
  return { ask, vault, recorded, restricted };
}

t.test('fields are opened by the event as it stands in the log, and each stands in the access log', async (t) => {
  const { ask, recorded } = await bank(t);
  const places = [{ stream: `customer-${ANNA}`, revision: 0 }, { stream: `customer-${ANNA}`, revision: 1 }, { stream: 'ledger-0', revision: 0 }, { stream: 'ledger-0', revision: 1 }];
  const { items } = await ask(places);
  t.match(items[0], { ...places[0], type: 'CustomerRegistered', fields: [{ kind: 'profile', pointer: '/profile', customerId: ANNA, profile: { name: '王小明', email: 'wang.xiaoming@example.com' } }] });
  t.match(items[1].fields, [{ kind: 'change', pointer: '/update', reason: 'new mail', evidence: ['letter'], changes: [{ field: 'email', after: 'a@example.com' }, { field: 'name' }] }]);
  t.same(items[2].fields, [
    { kind: 'text', pointer: '/legs/0/memo', customerId: ANNA, text: 'rent to Ben' }, { kind: 'text', pointer: '/legs/1/memo', customerId: BEN, text: 'rent from Anna' }, { kind: 'text', pointer: '/legs/2/memo', text: 'of the house' },
  ]);
  t.same(items[3].fields, [], 'nothing in it is sealed');
  t.equal(recorded.length, 1);
  t.match(recorded[0], { route: 'POST /v1/events/unseal', status: 200, reason: 'a statement', customers: [ANNA, BEN] });
  t.ok(['name', 'contact', 'free-text'].every((one) => recorded[0]!.clear.includes(one as never)));
});

t.test('each is shown as the client\'s views show its class', async (t) => {
  const { ask, recorded } = await bank(t, { views: viewsFrom({ name: 'masked', contact: 'clear' }) });
  const { items } = await ask([{ stream: `customer-${ANNA}`, revision: 0 }, { stream: `customer-${ANNA}`, revision: 1 }, { stream: 'ledger-0', revision: 0 }]);
  const text = JSON.stringify(items);
  for (const hidden of ['王小明', '王大明', '1949-12-31', '11010519491231002X', '240000.00', 'rent', 'new mail', 'letter', '工程师']) t.notMatch(text, hidden, hidden);
  t.match(items[0].fields[0].profile, { email: 'wang.xiaoming@example.com' });
  t.match(items[1].fields[0].changes, [{ field: 'email', after: 'a@example.com' }, { field: 'name' }]);
  t.notOk('text' in items[2].fields[0]);
  t.same([recorded[0]!.clear.includes('contact'), recorded[0]!.masked.includes('name'), recorded[0]!.clear.includes('free-text')], [true, true, false]);
});

t.test('an erased customer\'s fields are told to be erased, another\'s are not touched by it', async (t) => {
  const { ask, vault } = await bank(t);
  await vault.erase(ANNA);
  const { items } = await ask([{ stream: `customer-${ANNA}`, revision: 0 }, { stream: 'ledger-0', revision: 0 }]);
  t.same(items[0].fields, [{ kind: 'erased', pointer: '/profile', customerId: ANNA }]);
  t.match(items[1].fields, [{ kind: 'erased', pointer: '/legs/0/memo' }, { kind: 'text', text: 'rent from Anna' }, { kind: 'text' }]);
});

t.test('what is restricted, and what is not opened for programs, is withheld', async (t) => {
  const { ask, restricted } = await bank(t);
  restricted.add(BEN);
  const { items } = await ask([{ stream: 'ledger-0', revision: 0 }, { stream: `documents-${ANNA}`, revision: 0 }]);
  t.match(items[0].fields, [{ kind: 'text' }, { kind: 'withheld', pointer: '/legs/1/memo', customerId: BEN }, { kind: 'text' }]);
  t.same(items[1].fields, [{ kind: 'withheld', pointer: '/reason', customerId: ANNA }]);
  const { ask: ofRestricting } = await bank(t, { permissions: ['events.unseal', 'customers.restrict'] });
  t.match((await ofRestricting([{ stream: 'ledger-0', revision: 0 }])).items[0].fields[1], { kind: 'text' }, 'but to whom restricting is entrusted');
});

t.test('what is not there has no fields', async (t) => {
  const { ask } = await bank(t);
  const places = [{ stream: 'ledger-0', revision: 99 }, { stream: 'ledger-9', revision: 0 }];
  t.same(await ask(places), { items: places.map((place) => ({ ...place, fields: [] })) });
});

t.test('refused: without the permission, with one that does not reach all, without a reason, too many, a system stream', async (t) => {
  const place = { stream: 'ledger-0', revision: 0 };
  t.match(await (await bank(t, { permissions: ['customers.read'] })).ask([place]), { status: 403, code: 'permission_missing' });
  t.match(await (await bank(t, { scope: 'branch' })).ask([place]), { status: 403, code: 'outside_scope' });
  const { ask, recorded } = await bank(t);
  t.match(await ask([place], {}), { status: 400, errors: [{ pointer: '/reason' }] });
  t.match(await ask([place], { reason: ' ' }), { status: 400, errors: [{ pointer: '/reason' }] });
  t.match(await ask([]), { status: 400, errors: [{ pointer: '/events' }] });
  t.match(await ask(Array.from({ length: 101 }, () => place)), { status: 400, errors: [{ pointer: '/events' }] });
  t.equal((await ask(Array.from({ length: 100 }, () => place))).items.length, 100);
  for (const stream of ['$all', '$ce-customer', 'ledger', '../x', 'a b-1', 'x'.repeat(130)]) t.match(await ask([{ stream, revision: 0 }]), { status: 400, errors: [{ pointer: '/events/0/stream' }] }, stream);
  for (const revision of [-1, 0.5, '0', 2 ** 60]) t.match(await ask([{ stream: 'ledger-0', revision }]), { status: 400, errors: [{ pointer: '/events/0/revision' }] });
  t.match(await ask([{ ...place, envelope: {} }]), { status: 400 }, 'what is to be opened cannot be sent');
  t.equal(recorded.length, 1);
});
