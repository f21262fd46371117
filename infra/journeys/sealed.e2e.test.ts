import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { skipUnless } from '../../shared/testing/parts.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, startBankUnderTest } from './bank-under-test.js';

/** Values that stand nowhere else on any disk. */
const PERSONAL = {
  name: 'Zephyrine Quillfeather', changedName: 'Zephyrine Wolkenstein', idNumber: 'QZX90817263', phone: '+4915799887766', email: 'zephyrine@quillfeather.example',
  employer: 'Quaggamuster Werke', memo: 'memo-quokkalith-4711', holdMemo: 'memo-narwalsund-4712', reason: 'reason-ozelotgrund-4713', evidence: 'evidence-yakhimmel-4714',
};
/** The control: a value that is not personal must be found by the same search. */
const OPEN_BRANCH = 'BR-KLARWERT-0815';

for (const real of [false, true])
  t.test(`what is personal stands nowhere in clear, on ${real ? 'a real Kafka' : 'embedded parts'}`, { timeout: 240_000, ...(real ? skipUnless('kafka', 'redis') : {}) }, async (t) => {
    const dataDir = dataFolder(t);
    const bank = await startBankUnderTest({ dataDir, real });
    t.teardown(() => bank.stop());
    t.on('fail', () => t.comment(logTails(dataDir)));
    const { client } = bank;
    const customer = await client.post<Created>('/v1/customers', {
      kind: 'individual', name: PERSONAL.name, sex: 'female', birthDate: '1971-03-04', idDocument: { type: 'FOREIGN-PASSPORT', number: PERSONAL.idNumber, country: 'DE' },
      phones: [PERSONAL.phone], email: PERSONAL.email, employer: PERSONAL.employer, branch: OPEN_BRANCH,
    });
    const changed = await fetch(`${bank.url}/v1/customers/${customer.id}`, {
      method: 'PATCH', headers: { authorization: `Bearer ${bank.token}`, 'content-type': 'application/json', 'if-match': '"0"' },
      body: JSON.stringify({ name: PERSONAL.changedName, reason: PERSONAL.reason, evidence: [PERSONAL.evidence] }),
    });
    t.equal(changed.status, 200);
    const account = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'EUR' });
    const money = { amount: '25.00', currency: 'EUR' };
    await client.post(`/v1/accounts/${account.id}/deposits`, { money, channel: 'counter', memo: PERSONAL.memo }, 'sealed-deposit');
    const hold = await client.post<Created>(`/v1/accounts/${account.id}/holds`, { money, memo: PERSONAL.holdMemo }, 'sealed-hold');
    await client.get(`/v1/customers?name=Wolkenstein&phone=${encodeURIComponent(PERSONAL.phone)}&after=${hold.position}`);
    t.match(await client.get(`/v1/accounts/${account.id}/transactions?after=${hold.position}`), { items: [{ memo: PERSONAL.memo }] }, 'those who may read it can');
    await client.get(`/v1/accounts/${account.id}?after=${hold.position}`);
    await bank.stop();

    const found = searchFiles(dataDir, [...Object.values(PERSONAL), OPEN_BRANCH]);
    for (const [what, value] of Object.entries(PERSONAL)) t.same(found.get(value), [], `${what} is in no file of log, tables, write-ahead log, Kafka, vault and the programs' own logs`);
    const parts = new Set(found.get(OPEN_BRANCH)!.map((file) => path.relative(dataDir, file).split(path.sep)[0]));
    t.ok(parts.has('postgres'), 'the control is found in Postgres');
    if (real) t.ok(parts.has('kafka'), 'and in Kafka');
  });

/** Which files hold each text, byte for byte. */
function searchFiles(folder: string, texts: readonly string[]): Map<string, string[]> {
  const found = new Map(texts.map((text) => [text, [] as string[]]));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || statSync(file).size > 512 * 2 ** 20) continue;
    const bytes = readFileSync(file);
    for (const text of texts) if (bytes.includes(text)) found.get(text)!.push(file);
  }
  return found;
}
