import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { generalLedgerAccountId } from '../../services/ledger/general-ledger.js';
import { skipUnless } from '../../shared/testing/parts.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, runTool, startBankUnderTest } from './bank-under-test.js';

/** Values that stand nowhere else on any disk. */
const PERSONAL = {
  name: 'Zephyrine Quillfeather', changedName: 'Zephyrine Wolkenstein', idNumber: 'QZX90817263', phone: '+4915799887766', email: 'zephyrine@quillfeather.example',
  employer: 'Quaggamuster Werke', memo: 'memo-quokkalith-4711', holdMemo: 'memo-narwalsund-4712', reason: 'reason-ozelotgrund-4713', evidence: 'evidence-yakhimmel-4714',
  freezeReason: 'freeze-jaguarbach-4715', unfreezeReason: 'unfreeze-okapital-4716', holdersReason: 'holders-lemurberg-4717', reversalReason: 'reversal-tapirfeld-4718',
  closingReason: 'closing-wombatmoor-4719', ownMemo: 'own-memo-gnuheide-4720', ownReversal: 'own-reversal-zebufurt-4721',
};
const ownAccount = (line: 'clearing' | 'cash') => generalLedgerAccountId(0, line, 'EUR');
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
    const change = async (method: string, path: string, body: object, headers = {}): Promise<number> => {
      const authorized = { authorization: `Bearer ${bank.token}`, 'content-type': 'application/json', ...headers };
      return (await fetch(`${bank.url}${path}`, { method, headers: authorized, body: JSON.stringify(body) })).status;
    };
    const changes = { name: PERSONAL.changedName, reason: PERSONAL.reason, evidence: [PERSONAL.evidence] };
    t.equal(await change('PATCH', `/v1/customers/${customer.id}`, changes, { 'if-match': '"0"' }), 200);
    const account = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'EUR' });
    const money = { amount: '25.00', currency: 'EUR' };
    await client.post(`/v1/accounts/${account.id}/deposits`, { money, channel: 'counter', memo: PERSONAL.memo }, 'sealed-deposit');
    const hold = await client.post<Created>(`/v1/accounts/${account.id}/holds`, { money, memo: PERSONAL.holdMemo }, 'sealed-hold');
    const other = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'EUR' });
    await client.post(`/v1/holds/${hold.id}/release`, {}, 'sealed-release');
    const [moved, own] = [
      await client.post<Created>('/v1/transfers', { from: account.id, to: other.id, money }, 'sealed-transfer'),
      await client.post<Created>('/v1/transfers', { from: ownAccount('clearing'), to: ownAccount('cash'), money, memo: PERSONAL.ownMemo }, 'sealed-own'),
    ];
    const back = await client.post<Created>(`/v1/transfers/${moved.id}/reversal`, { reason: PERSONAL.reversalReason }, 'sealed-reversal');
    const ownBack = await client.post<Created>(`/v1/transfers/${own.id}/reversal`, { reason: PERSONAL.ownReversal }, 'sealed-own-reversal');
    await client.post(`/v1/accounts/${account.id}/freeze`, { mode: 'full', reason: PERSONAL.freezeReason });
    await client.post(`/v1/accounts/${account.id}/unfreeze`, { reason: PERSONAL.unfreezeReason });
    const attorney = await client.post<Created>('/v1/customers', {
      kind: 'individual', name: 'Anton Muster', sex: 'male', birthDate: '1970-01-02', idDocument: { type: 'FOREIGN-PASSPORT', number: 'C01X00T47', country: 'DE' }, phones: ['+4915112345678'],
    });
    t.equal(await change('PUT', `/v1/accounts/${account.id}/holders`, { holders: [{ customerId: attorney.id, role: 'attorney' }], reason: PERSONAL.holdersReason }), 201);
    const last = await client.post<Created>(`/v1/accounts/${other.id}/close`, { reason: PERSONAL.closingReason }, 'sealed-closing');
    t.match(await client.get(`/v1/transfers/${moved.id}?after=${last.position}`), { from: account.id, to: other.id, money, status: 'reversed', reversedBy: back.id });
    t.match(await client.get(`/v1/transfers/${back.id}`), { status: 'posted', reverses: moved.id, reason: PERSONAL.reversalReason });
    t.match(await client.get(`/v1/transfers/${ownBack.id}`), { reason: PERSONAL.ownReversal }, 'the house\'s key opens what concerns no customer');
    const history = await runTool(bank, 'audit', 'history', '--account', account.id);
    for (const reason of [PERSONAL.freezeReason, PERSONAL.unfreezeReason, PERSONAL.holdersReason, PERSONAL.reversalReason]) t.match(history.out, `reason: ${reason}`);
    await client.get(`/v1/customers?name=Wolkenstein&phone=${encodeURIComponent(PERSONAL.phone)}&after=${hold.position}`);
    t.match(await client.get(`/v1/accounts/${account.id}/transactions?kind=deposit&after=${hold.position}`), { items: [{ memo: PERSONAL.memo }] }, 'those who may read it can');
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
