import t from 'tap';
import type { BlobName } from '../../shared/blobs/port.js';
import { documentsBank } from '../../services/documents/testing/bank.js';
import { infected, pdf } from '../../services/documents/testing/files.js';
import { DocumentCheck } from './check-documents.js';
import type { Finding } from './finding.js';

t.test('a content that was changed or is gone is named; one that shall be gone is not', async (t) => {
  const bank = await documentsBank();
  const found = async (read = bank.log.all): Promise<string[]> => {
    const findings: Finding[] = [];
    const check = new DocumentCheck({ blobs: bank.blobs, vault: bank.vault, log: bank.log });
    for (const stored of read) await check.check(stored);
    await check.finish((finding) => findings.push(finding));
    return findings.map(({ code, where, detail }) => `${code} ${where} ${detail}`);
  };
  const ids: string[] = [];
  for (const words of ['whole', 'changed', 'gone', 'removed', 'removed after']) ids.push((await bank.attach(pdf(words))).body.id);
  await bank.attach(infected(), { type: 'text/plain' });
  const [, changed, gone, removed, later] = ids as [string, string, string, string, string];
  const blobOf = (id: string): BlobName => {
    const { blobId } = bank.log.all.find(({ type, data }) => type === 'DocumentAttached' && (data as { documentId: string }).documentId === id)!.data as { blobId: string };
    return { space: 'documents', owner: bank.customer, id: blobId };
  };
  const remove = (id: string) => bank.post(`/v1/customers/${bank.customer}/documents/${id}/remove`, { reason: 'r' }, { 'if-match': '*' });
  await remove(removed);
  t.same(await found(), []);

  const bytes = Buffer.from(bank.blobs.bytesOf(blobOf(changed))!);
  bytes[100]! ^= 1;
  bank.blobs.change(blobOf(changed), bytes);
  await bank.blobs.remove(blobOf(gone));
  const stream = `dossier-${bank.customer}`;
  const expected = [
    `document_changed ${stream}/2 document ${changed}: its content is not what was attached`,
    `document_missing ${stream}/4 document ${gone}: its content is gone`,
  ];
  t.same(await found(), expected);
  const before = [...bank.log.all];
  await remove(later);
  t.same(await found(before), expected, 'what was removed while the log was read');
  await bank.vault.erase(bank.customer);
  t.same(await found(), [], 'of an erased customer nothing need be there');
});
