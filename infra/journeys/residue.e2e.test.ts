import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { openVault } from '../../shared/crypto/postgres-vault.js';
import { vaultSteps } from '../../shared/crypto/vault-tables.js';
import { migrate } from '../../shared/read-store/migrate.js';
import { createPool, ensureDatabase } from '../../shared/read-store/pool.js';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { bankClient, type Created } from '../demonstration/http-client.js';
import { wholeContent } from '../redis/testing/whole-content.js';
import { readConnections } from '../supervisor/connections.js';
import { dataFolder, logTails, runTool, send, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';
import { searchResidue } from './residue-search.js';

const money = (amount: string, currency = 'CNY') => ({ amount, currency });

/** A value of its own in every field; what is left out (sex, city code, birth year, consents) identifies nobody. */
const PERSON = {
  kind: 'individual', name: 'Zephyrine Quillfeather', sex: 'female', birthDate: '1931-02-27', branch: 'BR-KLARWERT-0815',
  idDocument: { type: 'FOREIGN-PASSPORT', number: 'QZX90817263', country: 'DE', validUntil: '2037-11-23' },
  phones: ['+4915799887766', '+4915799887755'], email: 'zephyrine@quillfeather.example', occupation: 'Quittenpflückerin', employer: 'Quaggamuster Werke',
  addresses: [{ kind: 'home', country: 'DE', city: 'Quellenrodaburg', district: 'Quarzhalden', line: 'Quendelgasse 4711 b', postalCode: 'QX7-0319' }],
  income: money('918273.64', 'EUR'), assets: [{ kind: 'property', description: 'Quittenhain am Quellsee', value: money('8172635.44') }],
  liabilities: [{ kind: 'loan', description: 'Quadrigakredit', value: money('7263544.51') }], riskPreference: { level: 'balanced', assessedOn: '2019-01-23' },
  interests: ['Quastenflosserkunde'], tags: ['Quittenbaumzunft'], contactPersons: [{ name: 'Quirinius Wolkenstein', relationship: 'Quasivetter', phone: '+4915799887744' }],
};
const COMPANY = {
  kind: 'corporate', name: '鑫鑫犇犇羴羴貿易有限公司', creditCode: '91310000MA1FL4B24G', licenceNumber: 'LZX310777000111', branch: 'BR-KLARWERT-0815',
  registeredAddress: { kind: 'registered', country: 'CN', city: '龘龘城', line: '靐靐路四千七百一十一號' }, registeredCapital: money('6354453.62'), businessScope: '猋猋驫驫進出口',
  legalRepresentative: { name: '龖龖明', idDocument: { type: 'FOREIGN-PASSPORT', number: 'LZX55443322', country: 'DE' }, phone: '+4915799887733' },
  shareholders: [{ name: 'Quokkenholding Zebufurt', share: '37.1913' }], beneficialOwners: [{ name: 'Yakhimmel Okapital', share: '61.2233' }],
  contacts: [{ name: 'Lemurberg Tapirfeld', relationship: 'Prokuraquerdenker', phone: '+4915799887722' }], phones: ['+4915799887711'], email: 'kontor@xinbenshan.example',
};
/** A second record of the person, merged into the first. */
const TWIN = {
  kind: 'individual', name: 'Zephyrine Fischotterau', sex: 'female', birthDate: '1932-04-29', branch: 'BR-KLARWERT-0815', idDocument: { type: 'FOREIGN-PASSPORT', number: 'QZX11223344', country: 'DE' },
  phones: ['+4915799887700'], employer: 'Bisamrattenzucht Elsterbusch',
};
/** What was written beside the record. */
const TEXTS = {
  changedName: 'Zephyrine Narwalsund', reason: 'reason-ozelotgrund-4713', evidence: 'evidence-yakhimmel-4714', depositMemo: 'memo-quokkalith-4711', holdMemo: 'memo-narwalsund-4712',
  transferMemo: 'memo-dachsmulde-4722', reversalReason: 'reversal-tapirfeld-4718', freezeReason: 'freeze-jaguarbach-4715', closingReason: 'closing-wombatmoor-4719',
  restriction: 'restriction-luchsanger-4723', erasure: 'erasure-marderhang-4724', refusedName: 'Zephyrine Iltisbruch', refusedPhone: '00-4915799-iltis',
  document: 'document-hermelinforst-4730', fileName: 'hermelin-ausweis-4731', device: 'geraet-wieselgrund-4732', mergeReason: 'merge-bilchhain-4734', twinMemo: 'memo-wieselhof-4735', username: 'zobelbruch4733', password: 'Murmel-Zobel-8291-Taubenschlag',
};
const FIXED = new Set(['individual', 'corporate', 'female', 'FOREIGN-PASSPORT', 'DE', 'CN', 'EUR', 'CNY', 'home', 'registered', 'property', 'loan', 'balanced', PERSON.branch]);
const CONTROL = 'planted-igelwinkel-4725';

/** Every text of a value, however deep. */
const textsIn = (value: unknown): string[] => (typeof value === 'string' ? (FIXED.has(value) ? [] : [value]) : typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []);

t.test('of who was erased nothing is left in any byte of the bank, and the bank is as sound as before', { timeout: 400_000, ...skipUnless('kafka', 'redis') }, async (t) => {
  const dataDir = dataFolder(t);
  const escrow = path.join(path.dirname(dataDir), 'escrow');
  mkdirSync(escrow);
  t.match(await runTool({ dataDir }, 'audit', 'make-escrow', escrow), { code: 0, out: /^key [0-9a-f]{16}:/ });
  const bank = await startBankUnderTest({ dataDir, real: true, environment: { PASSBOOK_ESCROW_KEY_FILE: path.join(escrow, 'escrow.pub'), PASSBOOK_RETENTION_YEARS: '0' } });
  t.teardown(() => bank.stop());
  t.on('fail', () => t.comment(logTails(dataDir)));
  const second = bankClient(bank.url, await anotherKey(bank));
  const { client } = bank;
  const any = { 'if-match': '*' };

  const person = await client.post<Created>('/v1/customers', PERSON);
  const company = await client.post<Created>('/v1/customers', COMPANY);
  const other = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: 'Anton Muster', sex: 'male', birthDate: '1970-01-02', idDocument: { type: 'FOREIGN-PASSPORT', number: 'C01X00T47', country: 'DE' }, phones: ['+4915112345678'],
  });
  t.equal((await send(bank, 'PATCH', `/v1/customers/${person.id}`, { name: TEXTS.changedName, reason: TEXTS.reason, evidence: [TEXTS.evidence] }, { 'if-match': '"0"' })).status, 200);
  t.equal((await send(bank, 'POST', '/v1/customers', { ...PERSON, name: TEXTS.refusedName, phones: [TEXTS.refusedPhone] }, {})).status, 400);
  t.equal((await send(bank, 'POST', '/v1/customers', { ...PERSON, name: TEXTS.refusedName }, {})).status, 409);
  const last = await business(client, person.id);
  const twin = await client.post<Created>('/v1/customers', TWIN);
  const twins = await client.post<Created>('/v1/accounts', { customerId: twin.id, product: 'demand-savings', currency: 'EUR' });
  for (const way of ['deposits', 'withdrawals']) await client.post(`/v1/accounts/${twins.id}/${way}`, { money: money('7.00', 'EUR'), channel: 'counter', memo: TEXTS.twinMemo }, `twin-${way}`);
  await client.post(`/v1/accounts/${twins.id}/close`, { reason: TEXTS.closingReason }, 'twin-close');
  await client.post(`/v1/customers/${person.id}/merges`, { from: twin.id, fromRevision: twin.revision, identitiesDiffer: true, reason: TEXTS.mergeReason }, undefined, { 'if-match': '*' });
  await attach(bank, person.id);
  await signIn(bank, person.id);
  await client.post(`/v1/accounts/${(await client.post<Created>('/v1/accounts', { customerId: company.id, product: 'demand-savings', currency: 'CNY' })).id}/close`, { reason: TEXTS.closingReason }, 'company-close');
  t.match(await client.get(`/v1/customers?name=${encodeURIComponent(TEXTS.changedName)}&phone=${encodeURIComponent(PERSON.phones[0]!)}&after=${last.position}`), { items: [{ id: person.id }] });
  for (let times = 0; times < 3; times++) await client.get(`/v1/customers/${person.id}`);
  const trialBalance = await client.get(`/v1/ledger/trial-balance?after=${last.position}`);

  const { PASSBOOK_POSTGRES_URL: postgresUrl, PASSBOOK_REDIS_URL: redisUrl } = readConnections(dataDir)! as Record<string, string>;
  const rootKeyFile = path.join(dataDir, 'vault', 'root.key');
  await copyVault(postgresUrl!, 'vault_before');
  const copied = await openVault({ postgresUrl: postgresUrl!, rootKeyFile, database: 'vault_before' });
  t.equal((await copied.keysOf([person.id])).size, 1, 'control: before, the copy opens');
  await copied.close();

  // The person's at once; the company's is cut short by a backup that cannot be written and by the end of the process, and goes on by itself.
  await client.post(`/v1/customers/${person.id}/restriction`, { reason: TEXTS.restriction }, undefined, any);
  await client.post(`/v1/customers/${person.id}/erasure`, { reason: TEXTS.erasure }, undefined, any);
  await t.rejects(client.post(`/v1/customers/${person.id}/erasure/confirmation`, {}, undefined, any), { message: /second_person_required/ });
  const erased = await second.post<Created>(`/v1/customers/${person.id}/erasure/confirmation`, {}, undefined, any);
  t.match(await client.get(`/v1/customers/${person.id}?after=${erased.position}`), { id: person.id, status: 'erased' });
  const backups = path.join(dataDir, 'erased');
  await runAside(backups, async () => {
    await client.post(`/v1/customers/${company.id}/erasure`, { reason: TEXTS.erasure }, undefined, any);
    await t.rejects(second.post(`/v1/customers/${company.id}/erasure/confirmation`, {}, undefined, any), { message: /^500/ });
    t.match(await client.get(`/v1/customers/${company.id}/erasure`), { erasure: { step: 'barred' } });
    await eventually(async () => /erasures":"ok; 1 unfinished/.test(await (await fetch(`${bank.url}/health/ready`)).text()));
    t.ok(bank.kill('api'));
  });
  await eventually(async () => ((await client.get<{ erasure: { step: string } }>(`/v1/customers/${company.id}/erasure`)).erasure.step === 'erased'), { deadlineMs: 60_000, everyMs: 200 });

  // Opened for a case that two people agreed on, by both custodians, once.
  const shares = ['share-1', 'share-2'].map((name) => path.join(escrow, name));
  const opening = await client.post<Created & { openingId: string }>(`/v1/customers/${person.id}/erasure/openings`, { caseNumber: '2026/AZ-17', purpose: 'court-order' });
  const open = (...given: string[]) => runTool(bank, 'audit', 'open-escrow', '--customer', person.id, '--opening', opening.openingId, '--shares', ...given);
  t.match(await open(...shares), { code: 1, out: '', err: /opening_not_approved/ });
  await second.post(`/v1/customers/${person.id}/erasure/openings/${opening.openingId}/approval`, {});
  t.match(await open(shares[0]!), { code: 1, out: '', err: /both shares are needed/ });
  const opened = await open(...shares);
  t.equal(opened.code, 0, opened.err);
  for (const text of [...textsIn(PERSON), ...textsIn(TWIN), TEXTS.changedName, TEXTS.mergeReason, TEXTS.twinMemo, TEXTS.reason, TEXTS.evidence, TEXTS.depositMemo, TEXTS.holdMemo, TEXTS.transferMemo, TEXTS.reversalReason, TEXTS.fileName, Buffer.from(TEXTS.document).toString('base64')])
    t.ok(opened.out.includes(text), `the backup has ${text}`);
  t.match(await open(...shares), { code: 1, out: '', err: /opening_used/ });

  // The bank is sound, and says what was done.
  const told = await runTool(bank, 'audit', 'history', '--customer', person.id);
  for (const type of ['CustomerErasureRequested', 'CustomerErasureConfirmed', 'CustomerErased', 'CustomerBackupOpened']) t.match(told.out, type);
  t.match(told.out, /erased/);
  t.match((await runTool(bank, 'audit', 'history', '--customer', twin.id)).out, /CustomerErased/, 'of the merged record too');
  for (const path of ['', '/history']) t.notMatch(JSON.stringify(await client.get(`/v1/customers/${twin.id}${path}`)), /Fischotterau|QZX11223344/);
  t.match(JSON.stringify(await client.get(`/v1/customers/${person.id}/history`)), /"field":"profile","before":null,"after":"erased"/);
  t.match(await client.get(`/v1/customers/${other.id}`), { name: 'Anton Muster', status: 'active' }, 'others are read as before');
  t.match(await client.get(`/v1/accounts/${last.account}/transactions`), { items: [{ kind: 'withdrawal' }, {}, {}, {}] }, 'the movements are there');
  t.same(await client.get('/v1/ledger/trial-balance'), trialBalance);
  await t.rejects(client.post('/v1/accounts', { customerId: person.id, product: 'demand-savings', currency: 'CNY' }), { message: /customer_/ });
  t.same(((await client.get<{ items: unknown[] }>(`/v1/customers?name=${encodeURIComponent('Narwalsund')}`)).items), []);
  const verified = await runTool(bank, 'audit', 'verify');
  t.equal(verified.code, 0, verified.err);

  await t.rejects(openVault({ postgresUrl: postgresUrl!, rootKeyFile, database: 'vault_before' }), { name: 'RootKeyFault' }, 'no key of an older copy of the vault opens any more');

  const texts = [...textsIn(PERSON), ...textsIn(COMPANY), ...textsIn(TWIN), ...Object.values(TEXTS)];
  const search = searchResidue([...texts, PERSON.branch, CONTROL]);
  writeFileSync(path.join(dataDir, 'planted'), `x${CONTROL}x`);
  for (const [place, port] of [...statusPorts(dataDir), ['api', new URL(bank.url).port]] as const) {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    t.match(page, /^# HELP/m);
    search.bytes(`metrics of ${place}`, Buffer.from(page));
  }
  const inRedis = await wholeContent(redisUrl!);
  t.not(inRedis.length, 0, 'something is cached');
  for (const bytes of inRedis) search.bytes('Redis', bytes);
  await bank.stop();
  search.folder(dataDir);
  const found = search.found();
  for (const text of texts) t.same(found.get(text), [], text);
  t.match(found.get(CONTROL), ['planted (UTF-8)'], 'control');
  const parts = new Set(found.get(PERSON.branch)!.map((place) => place.split(path.sep)[0]));
  for (const part of ['postgres', 'kafka']) t.ok(parts.has(part), `control: what is not personal is found in ${part}`);
});

async function attach(bank: BankUnderTest, customerId: string): Promise<void> {
  const attached = await fetch(`${bank.url}/v1/customers/${customerId}/documents?kind=evidence`, {
    method: 'POST', body: TEXTS.document,
    headers: { authorization: `Bearer ${bank.token}`, 'content-type': 'text/plain', 'content-disposition': `attachment; filename*=UTF-8''${TEXTS.fileName}.txt` },
  });
  if (attached.status !== 201) throw new Error(await attached.text());
}

/** Enrols at the counter, signs in once wrongly and once rightly, from a device of its own. */
async function signIn(bank: BankUnderTest, customerId: string): Promise<void> {
  const own = async (path: string, body: object): Promise<number> =>
    (await fetch(`${bank.url}/v1/my/${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', 'user-agent': TEXTS.device } })).status;
  const { code } = await bank.client.post<{ code: string }>(`/v1/customers/${customerId}/enrolment`, {});
  const { username, password } = TEXTS;
  const answers = [await own('enrolment', { code, username, password }), await own('sign-in', { username, password: `${password}!` }), await own('sign-in', { username, password })];
  if (answers.join() !== '200,401,200') throw new Error(`enrolment and sign-in answered ${answers.join()}`);
}

/** Money in, held, moved, taken back and out; both accounts closed. */
async function business(client: BankUnderTest['client'], customerId: string): Promise<{ position: string; account: string }> {
  const open = () => client.post<Created>('/v1/accounts', { customerId, product: 'demand-savings', currency: 'EUR' });
  const [one, two] = [await open(), await open()];
  const sum = money('25.00', 'EUR');
  await client.post(`/v1/accounts/${one.id}/deposits`, { money: sum, channel: 'counter', memo: TEXTS.depositMemo }, 'deposit');
  const hold = await client.post<Created>(`/v1/accounts/${one.id}/holds`, { money: sum, memo: TEXTS.holdMemo }, 'hold');
  await client.post(`/v1/holds/${hold.id}/release`, {}, 'release');
  const moved = await client.post<Created>('/v1/transfers', { from: one.id, to: two.id, money: sum, memo: TEXTS.transferMemo }, 'transfer');
  await client.post(`/v1/transfers/${moved.id}/reversal`, { reason: TEXTS.reversalReason }, 'reversal');
  await client.post(`/v1/accounts/${one.id}/freeze`, { mode: 'full', reason: TEXTS.freezeReason });
  await client.post(`/v1/accounts/${one.id}/unfreeze`, { reason: TEXTS.freezeReason });
  await client.post(`/v1/accounts/${one.id}/withdrawals`, { money: sum, channel: 'counter', memo: TEXTS.depositMemo }, 'withdrawal');
  await client.post(`/v1/accounts/${one.id}/close`, { reason: TEXTS.closingReason }, 'close-one');
  const { position } = await client.post<Created>(`/v1/accounts/${two.id}/close`, { reason: TEXTS.closingReason }, 'close-two');
  return { position, account: one.id };
}

/** Of a program that may erase, the second person of two. */
async function anotherKey({ client }: BankUnderTest): Promise<string> {
  const { id, revision } = await client.post<Created>('/v1/clients', {
    name: 'second', branch: 'head-office', views: {}, permits: [{ permission: 'customers.erase', scope: 'all' }, { permission: 'customers.read', scope: 'all' }],
  });
  return (await client.post<Created & { key: string }>(`/v1/clients/${id}/keys`, {}, undefined, { 'if-match': `"${revision}"` })).key;
}

/** With something else in the folder's place. */
async function runAside(folder: string, work: () => Promise<void>): Promise<void> {
  renameSync(folder, `${folder}.aside`);
  writeFileSync(folder, '');
  await work();
  rmSync(folder);
  renameSync(`${folder}.aside`, folder);
}

async function copyVault(postgresUrl: string, name: string): Promise<void> {
  const [from, to] = [createPool(await ensureDatabase(postgresUrl, 'vault'), { applicationName: 'copy', max: 1 }), createPool(await ensureDatabase(postgresUrl, name), { applicationName: 'copy', max: 1 })];
  try {
    await migrate(to, 'vault', vaultSteps);
    for (const table of ['root', 'buckets', 'subjects', 'secrets']) {
      const { rows } = await from.query<Record<string, unknown>>(`SELECT * FROM vault.${table}`);
      for (const row of rows) await to.query(`INSERT INTO vault.${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).map((_, index) => `$${index + 1}`).join(', ')})`, Object.values(row));
    }
  } finally {
    await from.end();
    await to.end();
  }
}

/** Where each role without an API answers about itself, as its log tells. */
function statusPorts(dataDir: string): [string, string][] {
  return ['pipeline', 'evaluation', 'event-store'].flatMap((role) => {
    const ports = [...readFileSync(path.join(dataDir, 'logs', `${role}.log`), 'utf8').matchAll(/"statusPort":(\d+)/g)];
    return ports.length > 0 ? [[role, ports.at(-1)![1]!] as [string, string]] : [];
  });
}
