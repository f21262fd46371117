import pino from 'pino';
import { underLease, type LeaseTimes } from '../lease.js';
import { createPool } from '../pool.js';

/** The process of a test: holds the lease for as long as it may, and says so. */
const [url, name, times] = process.argv.slice(2) as [string, string, string];
const pool = createPool(url, { applicationName: 'lease-holder' });
await underLease({ pool, name, holder: `pid ${process.pid}`, logger: pino({ level: 'silent' }), signal: new AbortController().signal, times: JSON.parse(times) as LeaseTimes }, async (signal, epoch) => {
  process.stdout.write(`ours ${epoch}\n`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  process.stdout.write('lost\n');
});
await pool.end();
