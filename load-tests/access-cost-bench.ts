/**
 * What rights and the access log cost a read: one customer by id over HTTP, as from a cache (nothing behind the route), with each switched off and on in turn within one run.
 * Usage: node dist/load-tests/access-cost-bench.js [requests per slice] [rounds]
 * CPU is of the whole process, client included, so the differences are what to look at; the log's covers spooling, sealing and shipping, not what stores and projects it.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request, Agent } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'hdr-histogram-js';
import { pino } from 'pino';
import { openAccessLog } from '../services/accesses/access-log.js';
import { defaultRoles } from '../shared/access/default-roles.js';
import { viewsFrom } from '../shared/access/data-classes.js';
import { createMemoryVault } from '../shared/crypto/memory-vault.js';
import { createCodec } from '../shared/events/codec.js';
import type { Profile } from '../shared/events/customers/profile.js';
import { customerView, customerViewSchema } from '../shared/events/customers/view.js';
import { memoryEventStore } from '../shared/event-store/memory.js';
import type { AccessLog } from '../shared/http/access-record.js';
import type { Principal } from '../shared/http/context.js';
import { aboutParam } from '../shared/http/route-access.js';
import { buildServer } from '../shared/http/server.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const [requests, rounds] = [Number(process.argv[2] ?? 4_000), Number(process.argv[3] ?? 9)];
const CONNECTIONS = 8;
const ID = '0198a7c2-0000-7000-8000-00000000000a';
const STAFF = '0198a7c2-0000-7000-8000-00000000000c';

const profile: Profile = {
  kind: 'individual', name: '张伟', sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'CN-RIC', number: '34052419800101001X' }, phones: ['+8613800138000'], email: 'zhang@example.com',
};
const view = customerView({
  id: ID, revision: 3, kind: 'individual', branch: 'SH-001', manager: null, restricted: false, erasing: false, identityVerified: null, mergedIds: [], registeredAt: '2026-03-02T01:02:03.004Z', updatedAt: '2026-03-02T01:02:03.004Z',
}, profile);
const teller = defaultRoles.find(({ name }) => name === 'teller')!;
const principal: Principal = {
  id: STAFF, role: 'teller', branch: 'SH-001', channel: 'online', session: { id: randomUUID(), signedInAt: new Date() },
  rights: { holder: STAFF, permits: new Map([['customers.read', [{ scope: 'branch', branches: new Set(['SH-001']) }]]]), views: viewsFrom(teller.views) },
};

async function serverOf(accessLog: AccessLog, rights: boolean): Promise<{ port: number; close(): Promise<void> }> {
  const server = await buildServer({
    modules: [{
      name: 'bench', description: '', rejections: [],
      routes: (scope) => void scope.get('/v1/customers/:id', {
        config: rights ? { access: { permission: 'customers.read', about: aboutParam('customer') } } : { public: true }, schema: { response: { 200: customerViewSchema } },
      }, async () => view as never),
    }],
    authenticate: () => principal, accessLog, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true,
    findTarget: async () => ({ branch: 'SH-001', customers: [ID] }), checks: {},
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  return { port: (server.server.address() as { port: number }).port, close: () => server.close() };
}

const folder = mkdtempSync(path.join(tmpdir(), 'passbook-access-cost-'));
const vault = createMemoryVault();
const log = await openAccessLog({
  store: forgetful(), codec: createCodec(vault), vault, folder, mostBytes: 1e9, partiesOfAccount: () => undefined, logger: pino({ level: 'silent' }), owner: { pid: process.pid, startedAt: '' }, isRunning: () => true, shipEveryMs: 50,
});
const off: AccessLog = { record: async () => {}, refused: () => {} };
const cases = [
  { name: 'neither', ...(await serverOf(off, false)) },
  { name: 'rights', ...(await serverOf(off, true)) },
  { name: 'rights and log', ...(await serverOf(log, true)) },
];
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

const results = new Map(cases.map(({ name }) => [name, [] as { cpu: number; p50: number; p99: number }[]]));
for (let round = -1; round < rounds; round++)
  for (const { name, port } of round % 2 === 0 ? cases : cases.toReversed()) {
    const took = await slice(port);
    if (round >= 0) results.get(name)!.push(took);
  }
say(`GET /v1/customers/:id, ${requests} requests a slice, ${CONNECTIONS} connections, ${rounds} rounds in turn; medians (lowest to highest)`);
for (const [name, took] of results) say(`${name.padEnd(15)} CPU ${spread(took.map(({ cpu }) => cpu))} µs   p50 ${spread(took.map(({ p50 }) => p50))} ms   p99 ${spread(took.map(({ p99 }) => p99))} ms`);
const [neither, rights, both] = [...results.values()];
say(`rights against neither: CPU ${spread(rights!.map(({ cpu }, round) => cpu / neither![round]!.cpu))} times, p50 ${spread(rights!.map(({ p50 }, round) => p50 / neither![round]!.p50))} times`);
say(`log against rights alone: CPU ${spread(both!.map(({ cpu }, round) => cpu / rights![round]!.cpu))} times, p50 ${spread(both!.map(({ p50 }, round) => p50 / rights![round]!.p50))} times`);
agent.destroy();
for (const { close } of cases) await close();
await log.stop();
rmSync(folder, { recursive: true, force: true });

async function slice(port: number): Promise<{ cpu: number; p50: number; p99: number }> {
  const times = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  const before = process.cpuUsage();
  let left = requests;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    while (left-- > 0) {
      const startedAt = performance.now();
      await get(port);
      times.recordValue(Math.round((performance.now() - startedAt) * 1_000));
    }
  }));
  // What is shipped later is part of the cost.
  while (log.status().unshippedBytes > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / requests, p50: times.getValueAtPercentile(50) / 1_000, p99: times.getValueAtPercentile(99) / 1_000 };
}

function get(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: `/v1/customers/${ID}`, agent, headers: { authorization: 'Bearer x', 'user-agent': 'a browser' } }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`answered ${answer.statusCode}`));
      answer.resume().once('end', resolve);
    }).once('error', reject).end();
  });
}

/** Takes appends and forgets them, so that memory does not grow. */
function forgetful() {
  const store = memoryEventStore();
  let revision = -1n;
  return { ...store, append: async () => ({ revision: ++revision, position: revision }) };
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const text = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
  return `${text(sorted[Math.floor(sorted.length / 2)]!)} (${text(sorted[0]!)} to ${text(sorted.at(-1)!)})`;
}
