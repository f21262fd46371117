import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { customersBank } from '../testing/bank.js';
import { company, person } from '../testing/people.js';
import { demonstrationFaceMatch, demonstrationRegistry } from './demonstration.js';
import { noFaceMatch, noRegistry, ProviderUnavailable, type IdentityRegistry } from './providers.js';
import { registryFile } from './registry-file.js';

const matches: IdentityRegistry = { name: 'x', check: async () => ({ outcome: 'match', reference: 'R-1' }) };
const misses: IdentityRegistry = { name: 'x', check: async () => ({ outcome: 'mismatch' }) };

async function bankWith(kind: 'person' | 'company' = 'person') {
  const bank = await customersBank();
  const { id } = (await bank.post('/v1/customers', kind === 'person' ? person({ name: '张伟' }) : company())).body;
  const url = `/v1/customers/${id}`;
  return { ...bank, id, url, check: (body: object = { method: 'registry' }, headers = {}) => bank.post(`${url}/identity-checks`, body, headers) };
}

t.test('what the registry said stands in the log and with the customer, until name or ID document change', async (t) => {
  const bank = await bankWith();
  bank.providers.registry = matches;
  t.equal(await bank.checks.isVerified(bank.id), false);
  const checked = await bank.check();
  t.match(checked, { status: 201, body: { revision: 1 }, headers: { etag: '"1"', location: `${bank.url}/identity-checks` } });
  t.strictSame((await bank.get(`${bank.url}/identity-checks`)).body, {
    items: [{ id: checked.body.id, at: '2025-03-01T08:00:00.000Z', by: 'zhang', method: 'registry', provider: 'registry-of-the-test', outcome: 'match', reference: 'R-1' }],
  });
  t.strictSame((await bank.get(bank.url)).body.identityVerified, { at: '2025-03-01T08:00:00.000Z', provider: 'registry-of-the-test', outcome: 'match' });
  t.equal(await bank.checks.isVerified(bank.id), true);
  t.match((await bank.get(`${bank.url}/history`)).body.items[1], { type: 'IdentityChecked', changes: [] });

  await bank.patch(bank.id, 1, { phones: ['+8613800138000'] });
  t.equal(await bank.checks.isVerified(bank.id), true, 'another phone is the same person');
  await bank.patch(bank.id, 2, { name: '张维' });
  t.equal(await bank.checks.isVerified(bank.id), false, 'another name was not checked');
  t.equal((await bank.get(bank.url)).body.identityVerified, undefined);
  bank.providers.registry = misses;
  await bank.check();
  t.match((await bank.get(bank.url)).body.identityVerified, { outcome: 'mismatch' });
  t.equal(await bank.checks.isVerified(bank.id), false, 'that somebody was asked is not enough');
  t.equal((await bank.get(`${bank.url}/identity-checks`)).body.items.length, 2);
});

t.test('only what was found is recorded, not what was asked with', async (t) => {
  const bank = await bankWith();
  bank.providers.registry = { name: 'x', check: async () => ({ outcome: 'match', reference: 'R-1', raw: { photo: 'x' } }) as never };
  await bank.check();
  t.strictSame(Object.keys(bank.log.all.at(-1)!.data as object).sort(), ['checkId', 'customerId', 'method', 'outcome', 'provider', 'reference']);
});

t.test('a provider that is away, hangs or is not there: 503 with its code, nothing recorded, and left alone after five times', async (t) => {
  const bank = await bankWith();
  let asked = 0;
  const failing: IdentityRegistry = { name: 'x', check: async () => { asked++; throw new ProviderUnavailable('down'); } };
  const hanging: IdentityRegistry = { name: 'x', check: () => new Promise(() => undefined) };
  const events = bank.log.all.length;
  for (const registry of [failing, hanging, noRegistry, failing, failing]) {
    bank.providers.registry = registry;
    t.match(await bank.check(), { status: 503, body: { code: 'identity_registry_unavailable' }, headers: { 'retry-after': '2' } });
  }
  t.equal(asked, 3);
  t.match(await bank.check(), { status: 503, body: { code: 'identity_registry_unavailable' }, headers: { 'retry-after': '60' } });
  t.equal(asked, 3, 'it is left alone');
  t.equal(bank.log.all.length, events);
  t.equal(await bank.metric('bank_identity_checks_total\\{provider="registry-of-the-test",outcome="unavailable"\\}'), '6');
  t.equal(await bank.checks.isVerified(bank.id), false);
  bank.providers.faceMatch = noFaceMatch;
  const [document, liveImage] = [randomUUID(), randomUUID()];
  bank.providers.pictures = { [`id-document-front ${document}`]: Buffer.from('a'), [`photo ${liveImage}`]: Buffer.from('a') };
  t.match(await bank.check({ method: 'face', document, liveImage }), { status: 503, body: { code: 'face_match_unavailable' } });
  const other = await bankWith();
  other.providers.registry = matches;
  t.equal((await other.check()).status, 201, 'control');
});

t.test('two faces: documents of the customer, scanned, of the right kinds', async (t) => {
  const bank = await bankWith();
  const [front, live, unscanned] = [randomUUID(), randomUUID(), randomUUID()];
  bank.providers.pictures = { [`id-document-front ${front}`]: Buffer.from('face'), [`photo ${live}`]: Buffer.from('face'), [`photo ${unscanned}`]: 'unscanned' };
  const faults = async (document: string, liveImage: string) => (await bank.check({ method: 'face', document, liveImage })).body.errors;
  t.match(await faults(randomUUID(), live), [{ pointer: '/document', code: 'document_unknown' }]);
  t.match(await faults(live, live), [{ pointer: '/document', code: 'document_unknown' }], 'a photo is no ID document');
  t.match(await faults(front, unscanned), [{ pointer: '/liveImage', code: 'document_unscanned' }]);
  t.equal((await bank.check({ method: 'face', document: front })).status, 400);
  t.equal((await bank.check({ method: 'face', document: front, liveImage: live })).status, 201);
  t.match((await bank.get(`${bank.url}/identity-checks`)).body.items, [{ method: 'face', outcome: 'match', score: 1 }]);
  t.equal((await bank.get(bank.url)).body.identityVerified, undefined, 'a face alone says not who somebody is');
});

t.test('customers that cannot be checked, and what changes meanwhile', async (t) => {
  const corporate = await bankWith('company');
  t.match(await corporate.check(), { status: 422, body: { code: 'identity_not_checkable' } });
  const bank = await bankWith();
  t.match(await bank.post(`/v1/customers/${randomUUID()}/identity-checks`, { method: 'registry' }), { status: 404, body: { code: 'customer_not_found' } });
  t.match(await bank.get(`/v1/customers/${randomUUID()}/identity-checks`), { status: 404 });
  bank.providers.registry = { name: 'x', check: async () => {
    await bank.patch(bank.id, 0, { name: '王伟' });
    return { outcome: 'match' };
  } };
  t.match(await bank.check(), { status: 409, body: { code: 'identity_changed' } });
  t.equal(await bank.checks.isVerified(bank.id), false);
  await bank.vault.erase(bank.id);
  t.match(await bank.check(), { status: 422, body: { code: 'customer_erased' } });
});

t.test('the same key gives the same check', async (t) => {
  const bank = await bankWith();
  bank.providers.registry = matches;
  const first = await bank.check(undefined, { 'idempotency-key': 'k' });
  t.strictSame((await bank.check(undefined, { 'idempotency-key': 'k' })).body, first.body);
  t.equal((await bank.get(`${bank.url}/identity-checks`)).body.items.length, 1);
});

t.test('evidence that looks like a document must be one of the customer\'s', async (t) => {
  const bank = await bankWith();
  const [known, unknown] = [randomUUID(), randomUUID()];
  bank.found.documents = [known];
  t.match(await bank.patch(bank.id, 0, { name: '李伟', evidence: ['file 12/7', known, unknown.toUpperCase()] }), { status: 400, body: { errors: [{ pointer: '/evidence/2', code: 'document_unknown' }] } });
  t.equal((await bank.patch(bank.id, 0, { name: '李伟', evidence: ['file 12/7', known] })).status, 200, 'papers that are kept elsewhere are named as before');
});

t.test('the providers of the demonstration answer always the same', async (t) => {
  const signal = AbortSignal.timeout(1_000);
  for (const [number, outcome] of [['110105199005170010', 'not-found'], ['X9', 'mismatch'], ['X1', 'match']] as const)
    t.match(await demonstrationRegistry.check({ name: 'x', documentType: 'CN-RIC', number }, signal), { outcome });
  const [a, b] = [Buffer.from('a'), Buffer.from('b')];
  t.match(await demonstrationFaceMatch.compare(a, a, signal), { outcome: 'match', score: 1 });
  t.strictSame(await demonstrationFaceMatch.compare(a, b, signal), await demonstrationFaceMatch.compare(a, b, signal));
});

t.test('persons from a file', async (t) => {
  const file = path.join(t.testdir({}), 'persons.json');
  const registry = registryFile(file);
  const check = (name: string, number: string) => registry.check({ name, documentType: 'CN-RIC', number }, AbortSignal.timeout(1_000));
  await t.rejects(check('x', 'y'), 'no file');
  writeFileSync(file, '{"name": "x"}');
  await t.rejects(check('x', 'y'), ProviderUnavailable);
  writeFileSync(file, JSON.stringify([{ name: 'Zhang Wei', number: '34052419800101001X', reference: 'A1' }]));
  t.same(await check('ZHANG  WEI', '34052419800101001x'), { outcome: 'match', reference: 'A1' });
  t.match(await check('Li Wei', '34052419800101001X'), { outcome: 'mismatch' });
  t.same(await check('Zhang Wei', '340524198001010011'), { outcome: 'not-found' });
});
