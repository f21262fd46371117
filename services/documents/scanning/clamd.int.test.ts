import t from 'tap';
import { startFakeClamd } from '../testing/fake-clamd.js';
import { clamdScanner } from './clamd.js';
import { scannerContract } from '../testing/scanner-contract.js';
import { ScannerUnavailable } from './scanner.js';
import { EICAR } from './test-file-scanner.js';

async function* content(...chunks: string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

t.test('clamd by its protocol', async (t) => {
  const clamd = await startFakeClamd();
  t.teardown(() => clamd.stop());
  const scanner = clamdScanner({ host: '127.0.0.1', port: clamd.port });
  await scannerContract(t, scanner);

  await t.test('whatever is not exactly an answer is none', async (t) => {
    for (const behaviour of ['hangs-up', 'too-large', 'error', 'garbage', 'half', 'floods', 'early-ok-then-nothing', 'silent'] as const) {
      clamd.behaviour = behaviour;
      await t.rejects(scanner.scan(content('a'.repeat(200_000), EICAR), AbortSignal.timeout(500)), ScannerUnavailable, behaviour);
    }
    clamd.behaviour = 'honest';
    t.same(await scanner.scan(content('a'), AbortSignal.timeout(5_000)), { outcome: 'clean' }, 'control');
    await clamd.stop();
    await t.rejects(scanner.scan(content('a'), AbortSignal.timeout(5_000)), ScannerUnavailable, 'nobody listens');
  });
});
