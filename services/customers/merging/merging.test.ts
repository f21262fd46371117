import t from 'tap';
import { randomUUID } from 'node:crypto';
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
