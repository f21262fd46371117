import type { Test } from 'tap';
import type { MalwareScanner, ScanResult } from '../scanning/scanner.js';
import { EICAR } from '../scanning/test-file-scanner.js';

async function* pieces(bytes: Buffer, at: number): AsyncGenerator<Buffer> {
  yield Buffer.alloc(0);
  for (let from = 0; from < bytes.length; from += at) yield bytes.subarray(from, from + at);
}

/** What every scanner must do. */
export async function scannerContract(t: Test, scanner: MalwareScanner): Promise<void> {
  const scan = (bytes: Buffer, at = 64 * 1_024, signal = AbortSignal.timeout(30_000)): Promise<ScanResult> => scanner.scan(pieces(bytes, at), signal);

  await t.test('what is clean', async (t) => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('a letter'), Buffer.alloc(3_000_000, 'letter ')]) t.same(await scan(bytes), { outcome: 'clean' });
  });

  await t.test('the EICAR test file, however it is cut', async (t) => {
    for (const at of [1, 7, 67, 1_000]) t.match(await scan(Buffer.from(EICAR), at), { outcome: 'infected', finding: /eicar/i });
    t.same(await scan(Buffer.from(EICAR.slice(0, -1))), { outcome: 'clean' }, 'control: a part of it harms nobody');
  });

  await t.test('no answer where there is no time left, or the content breaks off', async (t) => {
    await t.rejects(scan(Buffer.alloc(1_000), 10, AbortSignal.abort()));
    async function* breaking(): AsyncGenerator<Buffer> {
      yield Buffer.from('half');
      throw new Error('the blob broke off');
    }
    await t.rejects(scanner.scan(breaking(), AbortSignal.timeout(30_000)), { message: 'the blob broke off' });
    t.same(await scan(Buffer.from('again')), { outcome: 'clean' }, 'control');
  });
}
