import fc from 'fast-check';
import t from 'tap';
import { CONTENT_TYPES } from '../../shared/events/documents/values.js';
import { seed } from '../../shared/testing/seed.js';
import { attachmentHeader, safeFileName, sentFileName } from './file-name.js';

t.comment(`seed ${seed}`);

t.test('names as they come, and what becomes of them', async (t) => {
  for (const [sent, made] of [
    ['合同 签字.pdf', '合同 签字.pdf'], ['Scan.PDF', 'Scan.PDF'], ['../../etc/passwd', 'passwd.pdf'], ['C:\\temp\\x.pdf', 'x.pdf'], ['/', 'document.pdf'], ['', 'document.pdf'], [undefined, 'document.pdf'],
    ['..', 'document.pdf'], ['...pdf', 'pdf.pdf'], ['.htaccess', 'htaccess.pdf'], ['a.exe', 'a.exe.pdf'], ['a.pdf.exe', 'a.pdf.exe.pdf'], ['con.pdf', '_con.pdf'], ['NUL', '_NUL.pdf'], ['LPT1.txt', '_LPT1.txt.pdf'],
    ['a\r\nset-cookie: x=1.pdf', 'aset-cookie_ x_1.pdf'], ['a\0.pdf', 'a.pdf'], ['evil\u202efdp.exe', 'evilfdp.exe.pdf'], ['a\u200b\u2028b.pdf', 'ab.pdf'], ['a"; filename="b.html', 'a__ filename__b.html.pdf'],
    ['x'.repeat(500), `${'x'.repeat(120)}.pdf`], ['a b\t\u00a0 c.pdf', 'a b c.pdf'], ['e\u0301.pdf', 'é.pdf'],
  ] as const) t.equal(safeFileName(sent, 'application/pdf'), made, made);
  t.equal(safeFileName('face.jpeg', 'image/jpeg'), 'face.jpeg');
  t.equal(safeFileName('face.png', 'image/jpeg'), 'face.png.jpg');
});

t.test('whatever it is called: one short line, no path, no control, an ending of its type; sanitised again it stays', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom(...CONTENT_TYPES), (sent, type) => {
    const name = safeFileName(sent, type);
    return name.length > 4 && [...name].length <= 130 && !/[\p{C}/\\"<>:|?*;%=']/u.test(name) && !/^[.\s]/.test(name) && safeFileName(name, type) === name;
  }), { seed, numRuns: 2_000 });
  t.pass('held');
});

t.test('no name can end the header it stands in, not even one that was not sanitised', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
    try {
      return /^attachment(; filename=("([^"\\\r\n]|\\.)*"|[\w!#$%&'*+.^`|~-]+))?(; filename\*=UTF-8''[\w!#$&+.^`|~%-]*)?$/.test(attachmentHeader(name));
    } catch {
      return true;
    }
  }), { seed, numRuns: 2_000 });
  for (const name of ['a\r\nset-cookie: x=1', 'a\nb', '"; x="', '张.pdf'])
    t.notMatch(attachmentHeader(safeFileName(name, 'application/pdf')), /[\r\n]/, name);
});

t.test('the header of the request', async (t) => {
  t.equal(sentFileName('attachment; filename*=UTF-8\'\'%E5%BC%A0.pdf'), '张.pdf');
  t.equal(sentFileName('attachment; filename="a b.pdf"'), 'a b.pdf');
  t.equal(sentFileName(undefined), undefined);
  t.throws(() => sentFileName(`attachment; filename="${'a'.repeat(3_000)}"`), { name: 'RequestInvalid' });
});
