import { pino } from 'pino';
import { startPostgres } from './postgres.js';

// Run by the tests as a program of its own, so that it can be killed with its Postgres left behind.
const { url, pid } = await startPostgres({ dataDir: process.argv[2] ?? '', logger: pino({ level: 'silent' }) });
process.stdout.write(`${JSON.stringify({ url, pid })}\n`);
setInterval(() => undefined, 60_000);
