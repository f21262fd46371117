import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { infected, jpeg, pdf } from '../../services/documents/testing/files.js';
import { eventually } from '../../shared/testing/eventually.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, runTool, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';

/** Stands nowhere else on any disk. */
const WORDS = 'quittengelb-mondfalter-4730';
const NAME = 'birnbaum-nachtigall-4731';
const OPEN_BRANCH = 'BR-DOSSIER-0816';

async function attach({ url, token }: BankUnderTest, customer: string, file: Buffer, type: string, kind: string, name = 'x'): Promise<{ status: number; body: { id: string; status: string; code: string } }> {
  const answer = await fetch(`${url}/v1/customers/${customer}/documents?kind=${kind}`, {
    method: 'POST', body: new Uint8Array(file), headers: { authorization: `Bearer ${token}`, 'content-type': type, 'content-disposition': `attachment; filename="${name}"` },
  });
  return { status: answer.status, body: (await answer.json()) as never };
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
const holding = (folder: string, text: string): string[] => filesIn(folder).filter((file) => statSync(file).size < 512 * 2 ** 20 && readFileSync(file).includes(text));

/** Sends the half of a file and then nothing. */
function sendHalf({ url, token }: BankUnderTest, customer: string): { end(): void } {
  const sending = request(`${url}/v1/customers/${customer}/documents?kind=contract`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/pdf', 'content-length': '8000000' } });
  sending.on('error', () => undefined);
  sending.write(Buffer.concat([pdf(WORDS), randomBytes(4_000_000)]));
  return { end: () => sending.destroy() };
}

t.test('documents, from the upload to the disk and back', { timeout: 180_000 }, async (t) => {
  const dataDir = dataFolder(t);
  t.on('fail', () => t.comment(logTails(dataDir)));
  const bank = await startBankUnderTest({ dataDir, environment: { PASSBOOK_MALWARE_SCANNER: 'test-file-only', PASSBOOK_UPLOAD_SECONDS: '2' } });
  t.teardown(() => bank.stop());
  const customer = await bank.client.post<Created>('/v1/customers', {
    kind: 'individual', name: 'Ottilie Brandt', sex: 'female', birthDate: '1971-03-04', idDocument: { type: 'FOREIGN-PASSPORT', number: 'QZX90817264', country: 'DE' }, phones: ['+4915799887765'], branch: OPEN_BRANCH,
  });
  const contentOf = (id: string) => fetch(`${bank.url}/v1/customers/${customer.id}/documents/${id}/content`, { headers: { authorization: `Bearer ${bank.token}` } });

  const contract = Buffer.concat([pdf(WORDS), Buffer.alloc(300_000, WORDS)]);
  const attached = await attach(bank, customer.id, contract, 'application/pdf', 'contract', `${NAME}.pdf`);
  t.match(attached, { status: 201, body: { status: 'clean' } });
  const read = await contentOf(attached.body.id);
  t.equal(read.status, 200);
  t.match(read.headers.get('content-disposition'), `${NAME}.pdf`);
  t.ok(Buffer.from(await read.arrayBuffer()).equals(contract));
  const evil = await attach(bank, customer.id, infected(), 'text/plain', 'evidence');
  t.match(evil, { status: 201, body: { status: 'infected' } });
  t.equal((await contentOf(evil.body.id)).status, 403);
  t.match(await attach(bank, customer.id, jpeg(), 'image/png', 'photo'), { status: 400, body: { code: 'document_content_mismatch' } });
  t.match(await attach(bank, customer.id, Buffer.concat([pdf(), Buffer.alloc(21_000_000)]), 'application/pdf', 'contract').catch(() => ({ status: 413 })), { status: 413 });

  const blobDir = path.join(dataDir, 'blobs');
  const kept = filesIn(blobDir);
  t.equal(kept.length, 1, 'of all these one content');
  const half = sendHalf(bank, customer.id);
  await eventually(() => filesIn(path.join(blobDir, 'unfinished')).some((file) => statSync(file).size > 1_000_000));
  t.ok(bank.kill('api'));
  half.end();
  t.ok(filesIn(blobDir).length > kept.length, 'control: the killed process left something');
  await eventually(async () => (await fetch(`${bank.url}/health/ready`)).ok, { deadlineMs: 30_000 });
  await eventually(() => filesIn(blobDir).length === kept.length, { deadlineMs: 40_000 });
  t.same(filesIn(blobDir), kept, 'and the sweep nothing of it');
  t.equal((await contentOf(attached.body.id)).status, 200);

  t.match(await runTool(bank, 'audit', 'verify'), { code: 0 });
  for (const text of [WORDS, NAME]) t.same(holding(dataDir, text), [], `${text} is in no file of blobs, log, tables and the programs' own logs`);
  t.ok(holding(dataDir, OPEN_BRANCH).length > 0, 'control: what is not personal is found');

  const bytes = readFileSync(kept[0]!);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(kept[0]!, bytes);
  const changed = await contentOf(attached.body.id);
  t.match([changed.status, await changed.json()], [500, { code: 'document_damaged' }]);
  const verified = await runTool(bank, 'audit', 'verify');
  t.equal(verified.code, 1);
  t.match(verified.out + verified.err, new RegExp(`document_changed.*${attached.body.id}`));
});
