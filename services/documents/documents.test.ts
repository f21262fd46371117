import { randomUUID } from 'node:crypto';
import t from 'tap';
import { defaultRoles } from '../../shared/access/default-roles.js';
import { viewsFrom } from '../../shared/access/data-classes.js';
import type { Permission } from '../../shared/access/permissions.js';
import { allRights, type Permit, type Rights } from '../../shared/access/rights.js';
import { BlobsUnavailable, type BlobName } from '../../shared/blobs/port.js';
import type { DocumentEvent } from '../../shared/events/documents/events.js';
import { ScannerUnavailable, type MalwareScanner } from './scanning/scanner.js';
import { documentsBank, UPLOAD_MS } from './testing/bank.js';
import { infected, jpeg, pdf, png, text, webp } from './testing/files.js';

const away: MalwareScanner = { name: 'away', scan: async () => { throw new ScannerUnavailable('no scanner today'); } };

t.test('a file is attached, scanned, listed, read as it was, and removed', async (t) => {
  const bank = await documentsBank();
  const file = pdf('signed');
  const attached = await bank.attach(file, { name: '合同 签字.pdf' });
  t.match(attached, { status: 201, body: { status: 'clean', revision: 0 }, headers: { etag: '"0"' } });
  const { id } = attached.body;
  const url = `/v1/customers/${bank.customer}/documents/${id}`;
  t.equal(attached.headers.location, url);
  const known = await bank.get(url);
  t.strictSame(known.body, {
    id, customerId: bank.customer, revision: 1, kind: 'contract', status: 'clean', contentType: 'application/pdf', size: file.length, fileName: '合同 签字.pdf',
    attachedAt: '2026-03-01T08:00:00.000Z', attachedBy: 'zhang', scannedAt: '2026-03-01T08:00:00.000Z',
  });
  t.equal(known.headers.etag, '"1"');
  t.strictSame((await bank.get(`/v1/customers/${bank.customer}/documents`)).body, { items: [known.body] });

  const read = await bank.get(`${url}/content`);
  t.equal(read.status, 200);
  t.ok(read.bytes.equals(file));
  t.match(read.headers, {
    'content-type': 'application/pdf', 'content-length': String(file.length), 'x-content-type-options': 'nosniff', 'cache-control': 'no-store',
    'content-security-policy': 'sandbox; default-src \'none\'', 'content-disposition': 'attachment; filename="?? ??.pdf"; filename*=UTF-8\'\'%E5%90%88%E5%90%8C%20%E7%AD%BE%E5%AD%97.pdf',
  });

  t.match(await bank.post(`${url}/remove`, { reason: 'wrong customer' }, { 'if-match': '"0"' }), { status: 412, body: { code: 'if_match_stale' } });
  t.match(await bank.post(`${url}/remove`, { reason: 'wrong customer' }), { status: 428 });
  t.match(await bank.post(`${url}/remove`, { reason: 'wrong customer' }, { 'if-match': '"1"' }), { status: 200, body: { id, revision: 2 } });
  t.match((await bank.get(url)).body, { status: 'removed', removedAt: '2026-03-01T08:00:00.000Z' });
  t.match(await bank.get(`${url}/content`), { status: 404, body: { code: 'document_removed' } });
  t.match(await bank.post(`${url}/remove`, { reason: 'again' }, { 'if-match': '*' }), { status: 404, body: { code: 'document_removed' } });
  t.equal(bank.blobs.count, 0, 'neither content nor mark is left');
});

t.test('whoever reads a file has seen its class of data, and the access log says so', async (t) => {
  const bank = await documentsBank();
  for (const [kind, dataClass] of [['contract', 'free-text'], ['id-document-front', 'identity-number'], ['income-proof', 'income']] as const) {
    const { body } = await bank.attach(pdf(), { kind });
    bank.accesses.length = 0;
    await bank.get(`/v1/customers/${bank.customer}/documents/${body.id}/content`);
    t.match(bank.accesses, [{ route: 'GET /v1/customers/:id/documents/:documentId/content', status: 200, customers: [bank.customer], clear: [dataClass], masked: [] }], kind);
  }
  const { body: { id } } = await bank.attach(infected(), { type: 'text/plain', kind: 'evidence' });
  bank.accesses.length = 0;
  await bank.get(`/v1/customers/${bank.customer}/documents/${id}/content`);
  t.strictSame(bank.accesses, [], 'a refusal has shown nothing');
});

t.test('every type that is taken; pictures of any camera', async (t) => {
  const bank = await documentsBank();
  for (const [file, type, kind] of [[pdf(), 'application/pdf', 'contract'], [png(), 'image/png', 'photo'], [jpeg(), 'image/jpeg', 'id-document-front'], [jpeg(4_000, 3_000, 300_000), 'IMAGE/JPEG', 'photo'],
    [webp(), 'image/webp', 'evidence'], [text('你好'), 'text/plain; charset=utf-8', 'correspondence'], [Buffer.alloc(1_500_000, 'letter '), 'text/plain', 'evidence']] as const) {
    const attached = await bank.attach(file, { type, kind });
    t.match(attached, { status: 201, body: { status: 'clean' } }, type);
    const read = await bank.get(`/v1/customers/${bank.customer}/documents/${attached.body.id}/content`);
    t.ok(read.bytes.equals(file), type);
  }
  t.equal(bank.blobs.count, 7, 'no marks are left');
});

t.test('what is not what it says, too large, or of no type that is taken', async (t) => {
  const bank = await documentsBank({ mostBytes: 1_000_000 });
  const zip = Buffer.from('504b0304140000000000', 'hex');
  const refused: [string, Buffer, Parameters<typeof bank.attach>[1], number, string][] = [
    ['a program as a picture', Buffer.from('4d5a90000300000004000000', 'hex'), { type: 'image/png' }, 400, 'document_content_mismatch'],
    ['a page as a PDF', text('<html><script>alert(1)</script>'), {}, 400, 'document_content_mismatch'],
    ['a PNG as a JPEG', png(), { type: 'image/jpeg' }, 400, 'document_content_mismatch'],
    ['a PDF as text', pdf(), { type: 'text/plain' }, 400, 'document_content_mismatch'],
    ['an archive as text', zip, { type: 'text/plain' }, 400, 'document_content_mismatch'],
    ['text that is not UTF-8', Buffer.from('caf\xe9', 'latin1'), { type: 'text/plain' }, 400, 'document_content_mismatch'],
    ['text that breaks off in a character', text('张').subarray(0, 2), { type: 'text/plain' }, 400, 'document_content_mismatch'],
    ['text with NUL', text('a\0b'), { type: 'text/plain' }, 400, 'document_content_mismatch'],
    ['a picture without a size', png().subarray(0, 20), { type: 'image/png' }, 400, 'document_content_mismatch'],
    ['a picture of no size', png(0, 0), { type: 'image/png' }, 400, 'document_content_mismatch'],
    ['a picture that is a bomb', png(20_000, 20_000), { type: 'image/png' }, 400, 'document_picture_too_large'],
    ['a very long picture', jpeg(30_000, 2), { type: 'image/jpeg' }, 400, 'document_picture_too_large'],
    ['a very wide picture', webp(1 << 20, 10), { type: 'image/webp' }, 400, 'document_picture_too_large'],
    ['nothing', Buffer.alloc(0), {}, 400, 'document_empty'],
    ['one byte too many', Buffer.concat([pdf(), Buffer.alloc(1_000_001 - pdf().length)]), {}, 413, 'body_too_large'],
    ['a page', text('<html>'), { type: 'text/html' }, 415, 'media_type_unsupported'],
    ['a drawing', text('<svg/>'), { type: 'image/svg+xml' }, 415, 'media_type_unsupported'],
    ['an archive', zip, { type: 'application/zip' }, 415, 'media_type_unsupported'],
    ['compressed on the way', pdf(), { headers: { 'content-encoding': 'gzip' } }, 415, 'media_type_unsupported'],
    ['no kind that there is', pdf(), { kind: 'selfie' }, 400, 'request_invalid'],
    ['a header that is none', pdf(), { headers: { 'content-disposition': '"' } }, 201, ''],
    ['JSON', text('{}'), { type: 'application/json' }, 400, 'request_invalid'],
  ];
  for (const [what, file, sent, status, code] of refused) {
    const answer = await bank.attach(file, sent);
    t.match(answer, { status, ...(code !== '' && { body: { code } }) }, what);
  }
  t.equal((await bank.attach(Buffer.concat([pdf(), Buffer.alloc(1_000_000 - pdf().length)]))).status, 201, 'control: as many bytes as there may be');
  t.equal(bank.blobs.count, 2, 'nothing is left of what was refused');
});

t.test('malware is found, told and destroyed, and never given out', async (t) => {
  const bank = await documentsBank();
  for (const file of [infected(), Buffer.concat([Buffer.alloc(64 * 1_024 - 10, 'a'), infected(), text('!')])]) {
    const attached = await bank.attach(file, { type: 'text/plain', kind: 'evidence' });
    t.match(attached, { status: 201, body: { status: 'infected' } });
    const url = `/v1/customers/${bank.customer}/documents/${attached.body.id}`;
    t.match((await bank.get(url)).body, { status: 'infected', finding: 'Eicar-Test-Signature' });
    t.match(await bank.get(`${url}/content`), { status: 403, body: { code: 'document_infected' } });
  }
  t.equal(bank.blobs.count, 0);
  t.equal(await bank.metric('bank_document_scans_total\\{outcome="infected"\\}'), '2');
});

t.test('while the scanner is away a document is closed; once it is back the sweep opens it', async (t) => {
  const bank = await documentsBank();
  bank.parts.scanner = away;
  const attached = await bank.attach(pdf());
  t.match(attached, { status: 201, body: { status: 'pending' } });
  const url = `/v1/customers/${bank.customer}/documents/${attached.body.id}`;
  t.match(await bank.get(`${url}/content`), { status: 503, body: { code: 'document_not_scanned' }, headers: { 'retry-after': '5' } });
  t.strictSame(await bank.settlement.sweep(), { left: 1 });
  bank.laterBy(365 * 86_400_000);
  t.strictSame(await bank.settlement.sweep(), { left: 1 }, 'however long it takes');
  t.match((await bank.get(url)).body, { status: 'pending' });
  t.equal(await bank.metric('bank_documents_unsettled'), '1');
  t.equal(await bank.metric('bank_document_scans_total\\{outcome="failed"\\}'), '3');
  bank.parts.scanner = { name: 'back', scan: async (content) => {
    for await (const _ of content) continue;
    return { outcome: 'clean' };
  } };
  t.strictSame(await bank.settlement.sweep(), { left: 0 });
  t.match((await bank.get(url)).body, { status: 'clean' });
  t.equal((await bank.get(`${url}/content`)).status, 200, 'control: it is open now');
  t.strictSame(bank.log.all.map(({ type }) => type), ['DocumentAttached', 'DocumentScanned']);
});

t.test('whatever a scanner does that is no answer is none', async (t) => {
  const bank = await documentsBank();
  const hangs: MalwareScanner = { name: 'hangs', scan: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new ScannerUnavailable('slow')))) };
  for (const scanner of [away, hangs, { name: 'throws', scan: () => { throw new Error('bug'); } } as MalwareScanner]) {
    bank.parts.scanner = scanner;
    t.match((await bank.attach(pdf())).body, { status: 'pending' }, scanner.name);
  }
});

t.test('the same key and file give the same answer; another file under the key is a conflict', async (t) => {
  const bank = await documentsBank();
  const key = { 'idempotency-key': 'once' };
  const first = await bank.attach(pdf('a'), { headers: key, name: 'a.pdf' });
  t.strictSame((await bank.attach(pdf('a'), { headers: key, name: 'a.pdf' })).body, first.body);
  for (const [file, sent] of [[pdf('b'), { name: 'a.pdf' }], [pdf('a'), { name: 'b.pdf' }], [pdf('a'), { name: 'a.pdf', kind: 'evidence' }]] as const)
    t.match(await bank.attach(file, { headers: key, ...sent }), { status: 409, body: { code: 'idempotency_key_reused' } });
  t.equal(bank.blobs.count, 1, 'what was sent again is not kept');
  const other = await bank.attach(pdf('a'), { name: 'a.pdf' });
  t.not(other.body.id, first.body.id, 'control: without the key it is another document');

  const url = `/v1/customers/${bank.customer}/documents/${first.body.id}/remove`;
  const removed = await bank.post(url, { reason: 'r' }, { 'if-match': '*', 'idempotency-key': 'r1' });
  t.equal(removed.status, 200);
  t.strictSame((await bank.post(url, { reason: 'r' }, { 'if-match': '*', 'idempotency-key': 'r1' })).body, removed.body);
});

t.test('a store that is away refuses, a log that is away leaves it to the sweep', async (t) => {
  const bank = await documentsBank();
  const { write } = bank.blobs;
  Object.assign(bank.blobs, { write: async () => { throw new BlobsUnavailable(new Error('disk full')); } });
  t.match(await bank.attach(pdf()), { status: 503, body: { code: 'outage' } });
  Object.assign(bank.blobs, { write });

  bank.log.beforeAppend = async () => { throw Object.assign(new Error('gone'), { code: 'ECONNRESET' }); };
  t.equal((await bank.attach(pdf())).status, 503);
  t.equal(bank.blobs.count, 2, 'blob and mark: whether it was stored is not known');
  bank.log.beforeAppend = async () => {};
  t.strictSame(await bank.settlement.sweep(), { left: 1 });
  t.equal(bank.blobs.count, 2, 'control: an upload may still be under way');
  bank.laterBy(2 * UPLOAD_MS + 60_000);
  t.strictSame(await bank.settlement.sweep(), { left: 0 });
  t.equal(bank.blobs.count, 0);
});

t.test('a crash between removal and destruction, or between attaching and scanning, is settled by the sweep', async (t) => {
  const bank = await documentsBank();
  const { remove } = bank.blobs;
  const attached = (await bank.attach(pdf())).body;
  Object.assign(bank.blobs, { remove: async () => { throw new BlobsUnavailable(new Error('killed')); } });
  t.equal((await bank.post(`/v1/customers/${bank.customer}/documents/${attached.id}/remove`, { reason: 'r' }, { 'if-match': '*' })).status, 200, 'what is recorded is recorded');
  t.equal(bank.blobs.count, 2);
  Object.assign(bank.blobs, { remove });
  await bank.settlement.sweep();
  t.equal(bank.blobs.count, 0);

  const blob: BlobName = { space: 'documents', owner: bank.customer, id: randomUUID() };
  await bank.settlement.begin(blob);
  await bank.blobs.write(blob, (async function* () { yield Buffer.from('half'); })());
  bank.laterBy(2 * UPLOAD_MS + 60_000);
  await bank.settlement.sweep();
  t.equal(bank.blobs.count, 0, 'a blob that was never attached');
});

t.test('a byte changed, cut off or swapped is found before anything is given out', async (t) => {
  const bank = await documentsBank();
  const [one, two] = [(await bank.attach(pdf('one'))).body.id, (await bank.attach(pdf('two'))).body.id];
  const blobs = bank.log.all.filter(({ type }) => type === 'DocumentAttached')
    .map(({ data }): BlobName => ({ space: 'documents', owner: bank.customer, id: (data as DocumentEvent['data'] & { blobId: string }).blobId }));
  const [a, b] = blobs.map((name) => Buffer.from(bank.blobs.bytesOf(name)!)) as [Buffer, Buffer];
  const flipped = Buffer.from(a);
  flipped[flipped.length - 20]! ^= 1;
  for (const bytes of [flipped, a.subarray(0, -1), b, Buffer.alloc(0)]) {
    bank.blobs.change(blobs[0]!, bytes);
    t.match(await bank.get(`/v1/customers/${bank.customer}/documents/${one}/content`), { status: 500, body: { code: 'document_damaged' } });
  }
  await bank.blobs.remove(blobs[0]!);
  t.match(await bank.get(`/v1/customers/${bank.customer}/documents/${one}/content`), { status: 500, body: { code: 'document_damaged' } });
  t.equal((await bank.get(`/v1/customers/${bank.customer}/documents/${two}/content`)).status, 200, 'control: the other is whole');
});

t.test('nothing of name or content stands in clear in blob and log, and the customer\'s key opens it alone', async (t) => {
  const bank = await documentsBank();
  const secret = 'zebra-quartz-4711';
  const attached = (await bank.attach(pdf(secret.repeat(50)), { name: `${secret}.pdf` })).body;
  const [event] = bank.log.all;
  const blob: BlobName = { space: 'documents', owner: bank.customer, id: (event!.data as { blobId: string }).blobId };
  t.notOk(bank.blobs.bytesOf(blob)!.includes(secret));
  t.notMatch(JSON.stringify(event!.data), secret);
  t.equal((await bank.get(`/v1/customers/${bank.customer}/documents/${attached.id}/content`)).status, 200, 'control');
  await bank.vault.erase(bank.customer);
  const url = `/v1/customers/${bank.customer}/documents/${attached.id}`;
  const known = await bank.get(url);
  t.match(known.body, { status: 'erased', kind: 'contract' });
  t.notOk('fileName' in known.body);
  t.match(await bank.get(`${url}/content`), { status: 404, body: { code: 'document_removed' } });
  t.match(await bank.attach(pdf()), { status: 422, body: { code: 'customer_erased' } }, 'no key, nothing is taken');
  t.match(await bank.post(`${url}/remove`, { reason: 'r' }, { 'if-match': '*' }), { status: 422, body: { code: 'customer_erased' } });
});

t.test('customers that are not there, or are erased', async (t) => {
  const bank = await documentsBank();
  t.match(await bank.attach(pdf(), {}, randomUUID()), { status: 404, body: { code: 'customer_not_found' } });
  bank.parts.standing = 'erased';
  t.match(await bank.attach(pdf()), { status: 422, body: { code: 'customer_erased' } });
  t.equal(bank.blobs.count, 0);
});

t.test('of a restricted customer nothing changes, and few see anything', async (t) => {
  const bank = await documentsBank();
  const { id } = (await bank.attach(pdf())).body;
  const url = `/v1/customers/${bank.customer}/documents`;
  bank.parts.standing = 'restricted';
  t.match(await bank.attach(pdf()), { status: 422, body: { code: 'customer_restricted' } });
  t.match(await bank.post(`${url}/${id}/remove`, { reason: 'r' }, { 'if-match': '*' }), { status: 422, body: { code: 'customer_restricted' } });
  t.equal((await bank.get(`${url}/${id}/content`)).status, 200, 'who may restrict sees it');
  bank.parts.rights = role('branch-manager');
  for (const path of ['', `/${id}`, `/${id}/content`]) t.match(await bank.get(`${url}${path}`), { status: 403, body: { code: 'document_restricted' } });
  bank.parts.rights = role('auditor');
  t.match(await bank.get(`${url}/${id}/content`), { status: 403, body: { code: 'document_restricted' } });
  t.equal((await bank.get(`${url}/${id}/content`, { 'x-purpose': 'audit' })).status, 200);
  bank.parts.rights = role('branch-manager');
  bank.parts.standing = 'active';
  t.equal((await bank.get(`${url}/${id}`)).status, 200, 'control');
});

t.test('the backup of an erasure has every content, and afterwards nothing is left', async (t) => {
  const bank = await documentsBank();
  const file = Buffer.alloc(200_000, 'a long letter ');
  const kept = (await bank.attach(file, { type: 'text/plain', kind: 'evidence', name: 'l.txt' })).body.id;
  const removed = (await bank.attach(pdf('removed'))).body.id;
  await bank.post(`/v1/customers/${bank.customer}/documents/${removed}/remove`, { reason: 'r' }, { 'if-match': '*' });
  const damaged = (await bank.attach(pdf('damaged'))).body.id;
  const blobs: string[] = [];
  for await (const { name } of bank.blobs.list('documents', bank.customer)) blobs.push(name.id);
  const attached = bank.log.all.filter(({ type }) => type === 'DocumentAttached').at(-1)!.data as { blobId: string };
  bank.blobs.change({ space: 'documents', owner: bank.customer, id: attached.blobId }, Buffer.from('x'));
  await bank.attach(pdf(), {}, bank.other);

  const lines: Record<string, unknown>[] = [];
  for await (const line of bank.erasing.backUp(bank.customer)) lines.push(line as Record<string, unknown>);
  t.match(lines.filter(({ part, damaged }) => part === undefined && damaged === undefined), [{ id: kept, fileName: 'l.txt', status: 'clean' }, { id: removed, status: 'removed' }, { id: damaged, status: 'clean' }]);
  t.ok(Buffer.concat(lines.filter(({ documentId, part }) => documentId === kept && part !== undefined).map(({ content }) => Buffer.from(content as string, 'base64'))).equals(file));
  t.same(lines.filter(({ documentId, damaged }) => documentId !== kept && damaged !== undefined), [{ documentId: damaged, damaged: true }]);
  t.doesNotThrow(() => JSON.stringify(lines));
  await bank.vault.erase(bank.customer);
  for (let twice = 0; twice < 2; twice++) await bank.erasing.erase(bank.customer);
  t.equal(bank.blobs.count, 1, 'the other customer\'s stays');
});

t.test('a document is its customer\'s: under another\'s id there is none, and no text is an id', async (t) => {
  const bank = await documentsBank();
  const { id } = (await bank.attach(pdf())).body;
  for (const path of ['', '/content']) t.match(await bank.get(`/v1/customers/${bank.other}/documents/${id}${path}`), { status: 404, body: { code: 'document_not_found' } });
  t.match(await bank.post(`/v1/customers/${bank.other}/documents/${id}/remove`, { reason: 'r' }, { 'if-match': '*' }), { status: 404, body: { code: 'document_not_found' } });
  const hostile = ['..', '../..', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%2f..%2fvault%2froot.key', '%00', `${id}%00.pdf`, `${id}%2f..%2f..`, "' or 1=1--", '__proto__'].map((one) => (one.includes('%') ? one : encodeURIComponent(one)));
  for (const one of hostile) {
    for (const url of [`/v1/customers/${bank.customer}/documents/${one}/content`, `/v1/customers/${one}/documents/${id}/content`, `/v1/customers/${one}/documents`]) {
      const answer = await bank.server.inject({ method: 'GET', url }).catch((error: Error) => ({ statusCode: 0, body: error.message }));
      t.ok([400, 404].includes(answer.statusCode) || /no such operation/.test(answer.body), `${url}: ${answer.statusCode}`);
      t.notMatch(answer.body, /%PDF|root:/);
    }
  }
  t.equal((await bank.get(`/v1/customers/${bank.customer.toUpperCase()}/documents/${id.toUpperCase()}/content`)).status, 200, 'control');
});

t.test('documents of merged ids are listed, read and removed with the survivor', async (t) => {
  const bank = await documentsBank();
  const before = await bank.attach(pdf('before'), {}, bank.merged);
  bank.laterBy(1_000);
  const after = await bank.attach(pdf('after'), {}, bank.other);
  const list = (await bank.get(`/v1/customers/${bank.other}/documents`)).body;
  t.match(list.items, [{ id: before.body.id, customerId: bank.merged }, { id: after.body.id, customerId: bank.other }]);
  t.ok((await bank.get(`/v1/customers/${bank.other}/documents/${before.body.id}/content`)).bytes.equals(pdf('before')));
  t.match(await bank.post(`/v1/customers/${bank.other}/documents/${before.body.id}/remove`, { reason: 'r' }, { 'if-match': '*' }), { status: 200 });
  t.strictSame(await bank.documents.missingAmong(bank.other, [before.body.id, after.body.id]), [before.body.id], 'for evidence only what has content counts');
});

t.test('pages, and by kind', async (t) => {
  const bank = await documentsBank();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push((await bank.attach(pdf(String(n)), { kind: n === 3 ? 'evidence' : 'contract' })).body.id);
  const url = `/v1/customers/${bank.customer}/documents`;
  const first = (await bank.get(`${url}?limit=3`)).body;
  const second = (await bank.get(`${url}?limit=3&cursor=${first.nextCursor}`)).body;
  t.strictSame([...first.items, ...second.items].map(({ id }: { id: string }) => id), ids);
  t.equal(second.nextCursor, undefined);
  t.strictSame((await bank.get(`${url}?kind=evidence`)).body.items.map(({ id }: { id: string }) => id), [ids[3]]);
  t.match(await bank.get(`${url}?cursor=${first.nextCursor}&kind=evidence`), { status: 400 }, 'a cursor is good for its own query');
  t.match(await bank.get(`${url}?cursor=x`), { status: 400 });
});

const role = (name: string, branch = 'B01'): Rights => {
  const { permits, views } = defaultRoles.find((one) => one.name === name)!;
  const held = new Map<Permission, Permit[]>();
  for (const { permission, scope } of permits) held.set(permission, [{ scope, ...(scope === 'branch' && { branches: new Set([branch]) }) }]);
  return { holder: 'li', permits: held, views: viewsFrom(views) };
};

t.test('who may: permission, reach, and the class of what the document tells', async (t) => {
  const bank = await documentsBank();
  const [scan, contract] = [await bank.attach(jpeg(), { type: 'image/jpeg', kind: 'id-document-front', name: '110105.jpg' }), await bank.attach(pdf(), { name: 'c.pdf' })].map(({ body }) => body.id as string);
  const url = (id: string) => `/v1/customers/${bank.customer}/documents/${id}`;

  bank.parts.rights = role('teller');
  t.equal((await bank.attach(pdf())).status, 201, 'a teller attaches');
  t.match(await bank.attach(pdf(), {}, bank.other), { status: 403, body: { code: 'outside_scope' } }, 'at the own branch');
  t.match(await bank.get(url(contract!)), { status: 403, body: { code: 'permission_missing' } });
  t.match(await bank.post(`${url(contract!)}/remove`, { reason: 'r' }, { 'if-match': '*' }), { status: 403, body: { code: 'permission_missing' } });

  bank.parts.rights = role('auditor');
  const seen = (await bank.get(url(scan!))).body;
  t.match(seen, { kind: 'id-document-front', status: 'clean' });
  t.notOk('fileName' in seen, 'a name may tell the number');
  t.match(await bank.get(`${url(scan!)}/content`), { status: 403, body: { code: 'field_hidden' } }, 'ID numbers are masked: the scan is closed');
  t.match((await bank.get(url(contract!))).body, { fileName: 'c.pdf' });
  t.equal((await bank.get(`${url(contract!)}/content`)).status, 200);
  t.match(await bank.get(`${url(contract!)}/content`, { 'x-purpose': 'marketing' }), { status: 403, body: { code: 'field_hidden' } }, 'not for every purpose');
  t.match(await bank.attach(pdf()), { status: 403, body: { code: 'permission_missing' } });

  bank.parts.rights = role('branch-manager');
  t.equal((await bank.get(`${url(scan!)}/content`)).status, 200, 'who sees the number sees the scan');
  bank.parts.rights = role('branch-manager', 'B02');
  for (const path of ['', '/content']) t.match(await bank.get(`${url(scan!)}${path}`), { status: 403, body: { code: 'outside_scope' } });
  t.match(await bank.get(`/v1/customers/${bank.customer}/documents`), { status: 403, body: { code: 'outside_scope' } });
  bank.parts.rights = allRights('x');
  t.equal((await bank.get(url(scan!))).status, 200, 'control');
});

t.test('nothing is attached under the id of a record that was merged: the refusal names the one it stands for', async (t) => {
  const bank = await documentsBank();
  bank.parts.standing = 'merged';
  t.match(await bank.attach(pdf(), {}, bank.other), { status: 422, body: { code: 'customer_merged', detail: `it was merged into customer ${bank.other}` } });
});
