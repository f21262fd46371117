import t from 'tap';
import { randomUUID } from 'node:crypto';
import { viewsFrom } from '../../../shared/access/data-classes.js';
import type { Permit } from '../../../shared/access/rights.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import { accept } from '../../../shared/kernel/decision.js';
import { createRecords } from '../../../shared/records/record.js';
import { customerRecord } from '../state.js';
import { customersBank } from '../testing/bank.js';
import { company, person } from '../testing/people.js';

type Bank = Awaited<ReturnType<typeof customersBank>>;

async function registered(bank: Bank, fields: Record<string, unknown> = {}, body: object = person(fields)): Promise<string> {
  const { status, body: answer } = await bank.post('/v1/customers', { ...body, branch: 'B01', notDuplicateOf: 'any' });
  if (status !== 201) throw new Error(JSON.stringify(answer));
  return answer.id as string;
}

const merge = (bank: Bank, survivor: string, from: string, body: object = {}, headers: Record<string, string> = {}) =>
  bank.post(`/v1/customers/${survivor}/merges`, { from, fromRevision: 0, identitiesDiffer: true, reason: 'one person, two counters', ...body }, { 'if-match': '*', ...headers });
const undo = (bank: Bank, survivor: string, mergeId: string, headers: Record<string, string> = {}) =>
  bank.post(`/v1/customers/${survivor}/merges/${mergeId}/undo`, { reason: 'two people after all' }, { 'if-match': '*', ...headers });
/** What of a record a merge and its undoing must leave as it was. */
const lasting = ({ revision: _, updatedAt: __, ...record }: Record<string, unknown>) => record;

t.test('two records become one: chosen fields, the stricter consents, the old id stands for the survivor', async (t) => {
  const bank = await customersBank();
  const survivor = await registered(bank, { occupation: 'baker', consents: { marketingSms: true, marketingEmail: true, profiling: false } });
  const retired = await registered(bank, { email: 'old@example.com', occupation: 'cook', consents: { marketingSms: true, marketingEmail: false, dataSharing: true } });
  const before = bank.clock.now.toISOString();
  bank.laterBy(60_000);
  const { status, headers, body } = await merge(bank, survivor, retired, { take: ['email'], evidence: ['scan 7'] });
  t.equal(status, 201);
  t.equal(headers['location'], `/v1/customers/${survivor}/merges/${body.id as string}`);
  const { body: now, headers: { etag } } = await bank.get(`/v1/customers/${survivor}`);
  t.equal(etag, `"${body.revision as number}"`);
  t.match(now, { id: survivor, email: 'old@example.com', occupation: 'baker', mergedIds: [retired] });
  t.strictSame(now.consents, { marketingSms: true, marketingEmail: false, profiling: false });
  t.strictSame((await bank.get(`/v1/customers/${retired}`)).body, { ...now, askedId: retired });
  t.strictSame((await bank.get(`/v1/customers/${retired}/merges`)).body.items, [{ id: body.id, from: retired, ids: [retired], mergedAt: bank.clock.now.toISOString() }]);

  t.match((await bank.get(`/v1/customers/${retired}?asOf=${before}`)).body, { id: retired, occupation: 'cook', consents: { dataSharing: true } }, 'as of before, the record as it was');
  t.match((await bank.get(`/v1/customers/${retired}?asOf=${bank.clock.now.toISOString()}`)).body, { id: survivor, askedId: retired });

  const history = (await bank.get(`/v1/customers/${survivor}/history`)).body.items as { type: string; customerId: string }[];
  t.strictSame(history.map(({ type, customerId }) => [type, customerId === survivor ? 'survivor' : 'retired']), [
    ['CustomerRegistered', 'survivor'], ['CustomerRegistered', 'retired'], ['CustomerMergeBegun', 'survivor'], ['CustomerMerged', 'retired'], ['CustomerMergeCompleted', 'survivor'],
  ]);
  t.match(history.at(-1), { merge: { id: body.id, from: retired }, reason: 'one person, two counters', evidence: ['scan 7'], changes: [{ field: 'consents' }, { field: 'email', before: null, after: 'old@example.com' }] });
  t.match(history[3], { merge: { id: body.id, into: survivor } });
  t.strictSame((await bank.get(`/v1/customers/${retired}/history`)).body.items, history);
  for (const order of ['asc', 'desc']) {
    const paged: unknown[] = [];
    for (let cursor = ''; ;) {
      const { body: page } = await bank.get(`/v1/customers/${retired}/history?limit=2&order=${order}${cursor && `&cursor=${cursor}`}`);
      paged.push(...(page.items as unknown[]));
      if (page.nextCursor === undefined) break;
      cursor = page.nextCursor as string;
    }
    t.strictSame(paged, order === 'asc' ? history : [...history].reverse(), order);
  }
});

t.test('undone, both are what they were; what was changed since stays', async (t) => {
  const bank = await customersBank();
  const survivor = await registered(bank, { occupation: 'baker', consents: { marketingSms: true } });
  const retired = await registered(bank, { email: 'old@example.com', occupation: 'cook' });
  const records = async () => [lasting((await bank.get(`/v1/customers/${survivor}`)).body), lasting((await bank.get(`/v1/customers/${retired}`)).body)];
  const before = await records();
  const first = (await merge(bank, survivor, retired, { take: ['email', 'occupation', 'idDocument', 'name', 'phones'] })).body;
  t.strictSame((await bank.get(`/v1/customers/${survivor}`)).body.consents, undefined, 'consent of one only is none');
  const undone = await undo(bank, survivor, first.id);
  t.equal(undone.status, 200);
  t.equal(undone.headers['etag'], `"${undone.body.revision as number}"`);
  t.strictSame(await records(), before);
  t.strictSame((await bank.get(`/v1/customers/${survivor}/merges`)).body.items, []);
  t.strictSame(((await bank.get(`/v1/customers/${retired}/history`)).body.items as { type: string }[]).map(({ type }) => type), ['CustomerRegistered', 'CustomerMerged', 'CustomerUnmerged'], 'its own history is its own again');

  const second = (await merge(bank, survivor, retired, { fromRevision: 2, take: ['email', 'occupation'] })).body;
  t.equal((await bank.patch(survivor, '5', { occupation: 'chef' })).status, 412);
  t.equal((await bank.patch(survivor, second.revision, { occupation: 'chef' })).status, 200);
  t.equal((await undo(bank, survivor, second.id)).status, 200);
  const [mine, theirs] = await records();
  t.strictSame(mine, { ...before[0], occupation: 'chef' });
  t.strictSame(theirs, before[1]);
  t.match(await undo(bank, survivor, second.id), { status: 404, body: { code: 'merge_not_found' } });
});

t.test('chains: merged into one that is merged on; undone from the last', async (t) => {
  const bank = await customersBank();
  const [a, b, c] = [await registered(bank), await registered(bank), await registered(bank)];
  const ab = (await merge(bank, b, a)).body;
  const bc = (await merge(bank, c, b, { fromRevision: ab.revision })).body;
  for (const id of [a, b]) t.match((await bank.get(`/v1/customers/${id}`)).body, { id: c, askedId: id, mergedIds: [b, a] });
  t.match(await undo(bank, b, ab.id), { status: 422, body: { code: 'customer_merged', detail: `it was merged into customer ${c}` } });
  t.match(await merge(bank, b, c), { status: 422, body: { code: 'customer_merged' } }, 'no circle');
  t.equal((await bank.get(`/v1/customers/${a}/history`)).body.items.length, 9);
  t.equal((await undo(bank, c, bc.id)).status, 200);
  t.match((await bank.get(`/v1/customers/${a}`)).body, { id: b, askedId: a, mergedIds: [a] });
  t.equal((await undo(bank, b, ab.id)).status, 200);
  t.match((await bank.get(`/v1/customers/${a}`)).body, { id: a, mergedIds: undefined });
});

t.test('nobody else is registered with what either record had, nor does undoing make two of one', async (t) => {
  const bank = await customersBank();
  const [mine, theirs] = [person(), person()];
  const survivor = await registered(bank, {}, mine);
  const retired = await registered(bank, {}, theirs);
  const { body } = await merge(bank, survivor, retired, { take: ['idDocument'] });
  bank.laterBy(60_000);
  for (const { idDocument } of [mine, theirs])
    t.match(await bank.post('/v1/customers', { ...person({ idDocument }), notDuplicateOf: 'any' }), { status: 409, body: { code: 'customer_duplicate', candidates: [{ id: survivor }] } });
  const own = await bank.patch(survivor, body.revision, { idDocument: person().idDocument });
  t.equal(own.status, 200);
  const back = await bank.patch(survivor, own.body.revision, { idDocument: theirs.idDocument });
  t.equal(back.status, 200, 'the survivor may take the document of the record that is its own');
  t.match(await undo(bank, survivor, body.id), { status: 409, body: { code: 'customer_duplicate' } });
  t.equal((await bank.patch(survivor, back.body.revision, { idDocument: mine.idDocument })).status, 200);
  t.equal((await undo(bank, survivor, body.id)).status, 200);
  bank.laterBy(60_000);
  for (const [{ idDocument }, id] of [[mine, survivor], [theirs, retired]] as const)
    t.match(await bank.post('/v1/customers', { ...person({ idDocument }), notDuplicateOf: 'any' }), { status: 409, body: { code: 'customer_duplicate', candidates: [{ id }] } });
});

t.test('what is refused, and that a merged record takes no command', async (t) => {
  const bank = await customersBank();
  const [a, b, firm] = [await registered(bank), await registered(bank), await registered(bank, {}, company())];
  const cases: [string, number, string, object?, Record<string, string>?][] = [
    ['merge_with_itself', 422, a],
    ['customer_not_found', 404, randomUUID()],
    ['merge_kinds_differ', 422, firm],
    ['merge_identities_differ', 422, b, { identitiesDiffer: undefined }],
    ['if_match_stale', 412, b, { fromRevision: 7 }],
    ['if_match_stale', 412, b, {}, { 'if-match': '"7"' }],
    ['request_invalid', 400, b, { take: ['email'] }],
    ['request_invalid', 400, b, { take: ['consents'] }],
    ['request_invalid', 400, b, { take: ['name', 'name'] }],
    ['request_invalid', 400, b, { reason: '' }],
  ];
  for (const [code, status, from, body, headers] of cases) t.match(await merge(bank, a, from, body, headers), { status, body: { code } }, code);
  t.equal((await bank.post(`/v1/customers/${a}/merges`, { from: b, fromRevision: 0, reason: 'x' })).status, 428);
  const other = await registered(bank, { birthDate: '1990-05-18', idDocument: { type: 'FOREIGN-PASSPORT', number: 'X1234567', country: 'DE' } });
  t.match(await merge(bank, a, other, { take: ['birthDate'] }), { status: 422, body: { code: 'merge_inconsistent' } });
  t.equal(bank.log.all.filter(({ type }) => type === 'CustomerMergeBegun').length, 0, 'nothing of what was refused stands in the log');

  t.equal((await merge(bank, a, b)).status, 201);
  t.match(await bank.patch(b, 0, { email: 'x@example.com' }), { status: 422, body: { code: 'customer_merged', detail: `it was merged into customer ${a}` } });
  t.match(await merge(bank, other, b), { status: 422, body: { code: 'customer_merged', detail: `customer ${b}: it was merged into customer ${a}` } });
  t.match(await merge(bank, a, b), { status: 422, body: { code: 'customer_merged' } });
});

t.test('sent again it is the same merge, its answer too', async (t) => {
  const bank = await customersBank();
  const [a, b] = [await registered(bank), await registered(bank)];
  const key = { 'idempotency-key': 'once' };
  const first = await merge(bank, a, b, {}, key);
  t.equal(first.status, 201);
  t.equal((await bank.patch(a, first.body.revision, { email: 'x@example.com' })).status, 200);
  t.strictSame((await merge(bank, a, b, {}, key)).body, first.body);
  const undone = await undo(bank, a, first.body.id, { 'idempotency-key': 'back' });
  t.strictSame((await undo(bank, a, first.body.id, { 'idempotency-key': 'back' })).body, undone.body);
  t.strictSame((await merge(bank, a, b, {}, key)).body, first.body, 'and is not done anew once it was undone');
  t.match((await bank.get(`/v1/customers/${b}`)).body, { id: b });
});

t.test('whoever merges reaches both records, and decides over nothing that is hidden from them', async (t) => {
  const branches = new Map<string, string>();
  const bank = await customersBank({ findTarget: async ({ id }) => (branches.has(id) ? { branch: branches.get(id)!, customers: [id] } : undefined) });
  const [a, b, c] = [await registered(bank), await registered(bank, { liabilities: [{ kind: 'loan', value: { amount: '5.00', currency: 'CNY' } }], occupation: 'cook' }), await registered(bank)];
  branches.set(a, 'B01').set(b, 'B01').set(c, 'B02');
  const permit: Permit = { scope: 'branch', branches: new Set(['B01']) };
  bank.parts.rights = { holder: 'zhang', permits: new Map([['customers.merge' as const, [permit]], ['customers.read' as const, [permit]]]), views: viewsFrom({ name: 'clear', employment: 'masked' }) };
  for (const [survivor, from] of [[a, c], [c, a], [a, randomUUID()]] as const) t.match(await merge(bank, survivor, from), { status: 403, body: { code: 'outside_scope' } });
  t.match(await merge(bank, a, b, { take: ['occupation', 'liabilities'] }), { status: 403, body: { code: 'field_hidden', errors: [{ pointer: '/take/1' }] } });
  const { status, body } = await merge(bank, a, b, { take: ['occupation', 'name'] });
  t.equal(status, 201);
  const items = (await bank.get(`/v1/customers/${a}/history`)).body.items as { type: string; reason?: string; changes: { field: string }[] }[];
  const told = JSON.stringify(items);
  for (const secret of ['cook', 'loan', 'one person, two counters', 'occupation', 'idDocument', '+86138']) t.notOk(told.includes(secret), `the history does not tell ${secret}`);
  t.same(items.at(-1)!.changes.map(({ field }) => field), ['name']);
  bank.parts.rights = { ...bank.parts.rights, permits: new Map([['customers.merge' as const, [{ ...permit, branches: new Set(['B02']) }]]]) };
  t.match(await undo(bank, a, body.id), { status: 403, body: { code: 'outside_scope' } });
  bank.parts.rights = { ...bank.parts.rights, permits: new Map([['customers.update' as const, [permit]]]) };
  t.match(await merge(bank, a, c), { status: 403, body: { code: 'permission_missing' } });
});

t.test('each state of a record has its refusal, the first that applies, on either side', async (t) => {
  const bank = await customersBank();
  const codec = createCodec(bank.vault);
  const tell = async (customerId: string, ...events: CustomerEvent[]) => {
    const records = createRecords({ store: bank.log, codec });
    for (const event of events)
      await records.execute(customerRecord, customerId, { commandId: randomUUID(), repeatable: false, correlationId: 'c', actor: { id: 'li', role: 'risk-officer', channel: 'counter' }, at: bank.clock.now }, () => accept(event));
    return (await records.load(customerRecord, customerId))!.revision;
  };
  const states: [string, (customerId: string) => Promise<bigint>][] = [
    ['customer_restricted', (customerId) => tell(customerId, { type: 'CustomerRestricted', data: { customerId, reason: 'law' } })],
    ['erasure_under_way', (customerId) => tell(customerId, { type: 'CustomerRestricted', data: { customerId, reason: 'law' } }, { type: 'CustomerErasureRequested', data: { customerId, reason: 'letter' } })],
    ['customer_erased', async (customerId) => (await bank.vault.erase(customerId), 0n)],
    ['merge_under_way', (customerId) => tell(customerId, { type: 'CustomerMergeBegun', data: { customerId, mergeId: randomUUID(), from: randomUUID(), fromRevision: 0, take: [], decision: { reason: 'x' } } })],
  ];
  for (const [code, make] of states) {
    const [odd, firm] = [await registered(bank), await registered(bank, {}, company())];
    const revision = Number(await make(odd));
    // A company cannot be one with a person either: that comes after.
    t.match(await merge(bank, odd, firm), { body: { code } }, `the survivor: ${code}`);
    t.match(await merge(bank, firm, odd, { fromRevision: revision }), { body: { code, detail: new RegExp(`^customer ${odd}`) } }, `the other: ${code}`);
    t.match(await merge(bank, odd, firm, {}, { 'if-match': '"9"' }), { status: 412 });
    t.match(await merge(bank, firm, odd, { fromRevision: 9 }), { status: 412 });
  }
  const [a, b] = [await registered(bank), await registered(bank)];
  const { body } = await merge(bank, a, b);
  await tell(a, { type: 'CustomerRestricted', data: { customerId: a, reason: 'law' } });
  t.match(await undo(bank, a, body.id), { status: 422, body: { code: 'customer_restricted' } });
  await tell(a, { type: 'CustomerRestrictionLifted', data: { customerId: a, reason: 'law' } });
  for (const id of [a, b]) await bank.vault.erase(id);
  t.match(await undo(bank, a, body.id), { status: 422, body: { code: 'customer_erased' } });
  t.match((await bank.get(`/v1/customers/${b}`)).body, { id: a, askedId: b, status: 'erased', mergedIds: [b] }, 'the id stands for the person even then');
});
