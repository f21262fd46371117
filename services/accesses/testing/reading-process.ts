/** A process that answers reads and records them, to be killed. Arguments: folder, and "late" where answers do not wait for their records. Prints its port. */
import { pino } from 'pino';
import { z } from 'zod';
import { classified } from '../../../shared/access/classified.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { StoreFailure } from '../../../shared/event-store/port.js';
import type { AccessLog } from '../../../shared/http/access-record.js';
import { bootstrapPrincipal } from '../../../shared/http/authentication.js';
import { aboutParam } from '../../../shared/http/route-access.js';
import { buildServer } from '../../../shared/http/server.js';
import { openAccessLog } from '../access-log.js';

const [folder = '', late] = process.argv.slice(2);
const vault = createMemoryVault();
const logger = pino({ level: 'silent' });
const LATE_MS = 30;

const log = await openAccessLog({
  // What is spooled stays there: what the next process finds is all there is.
  store: { ...memoryEventStore(), append: () => Promise.reject(new StoreFailure('unavailable', 'away')) },
  codec: createCodec(vault), vault, folder, logger, mostBytes: 1e9, partiesOfAccount: () => undefined, owner: { pid: process.pid, startedAt: '' }, isRunning: () => true,
});
const accessLog: AccessLog = late === 'late' ? { ...log, record: async (access) => void setTimeout(() => void log.record(access), LATE_MS) } : log;

const server = await buildServer({
  modules: [{
    name: 'people', description: '', rejections: [],
    routes: (server) => void server.get('/v1/people/:id', {
      config: { access: { permission: 'customers.read', about: aboutParam('customer') } }, schema: { response: { 200: z.object({ name: classified(z.string(), 'name') }) } },
    }, async () => ({ name: 'Anna' })),
  }],
  authenticate: () => bootstrapPrincipal, accessLog, logger, now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, checks: {},
});
await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${(server.server.address() as { port: number }).port}\n`);
