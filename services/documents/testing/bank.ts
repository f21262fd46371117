import { randomUUID } from 'node:crypto';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { allRights, type Rights } from '../../../shared/access/rights.js';
import { createMemoryBlobs } from '../../../shared/blobs/memory.js';
import type { BlobStore } from '../../../shared/blobs/port.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { Access } from '../../../shared/http/access-record.js';
import { buildServer } from '../../../shared/http/server.js';
import { documented } from '../../../shared/http/testing/documented.js';
import { createRecords } from '../../../shared/records/record.js';
import { createInterruptedStore } from '../../../shared/records/testing/interrupted-store.js';
import { createMetrics } from '../../../shared/telemetry/metrics.js';
import { documentsErasing } from '../erasing.js';
import { createDocuments, type Standing } from '../documents.js';
import { documentsModule } from '../routes.js';
import type { MalwareScanner } from '../scanning/scanner.js';
import { testFileScanner } from '../scanning/test-file-scanner.js';
import { createSettlement } from '../settlement.js';

export const UPLOAD_MS = 5_000;

export interface Sent {
  readonly kind?: string;
  readonly type?: string;
  readonly name?: string;
  readonly headers?: Record<string, string>;
}

/** The documents module behind the real HTTP server, over a log and blobs in memory. Its scanner, rights and clock can be changed; two customers are there. */
export async function documentsBank({ mostBytes = 2_000_000, blobs: given }: { mostBytes?: number; blobs?: BlobStore } = {}) {
  const log = createInterruptedStore();
  const vault = createMemoryVault();
  const clock = { now: new Date('2026-03-01T08:00:00.000Z') };
  const now = (): Date => clock.now;
  const logger = pino({ level: 'silent' });
  const metrics = createMetrics();
  const memory = createMemoryBlobs(now);
  const blobs = given ?? memory;
  const [customer, other, merged] = [randomUUID(), randomUUID(), randomUUID()] as string[] as [string, string, string];
  const parts: { scanner: MalwareScanner; rights: Rights; standing: Standing } = { scanner: testFileScanner, rights: allRights('zhang'), standing: 'active' };
  const records = createRecords({ store: log, codec: createCodec(vault) });
  const scanner: MalwareScanner = { name: 'scanner-of-the-test', scan: (content, signal) => parts.scanner.scan(content, signal) };
  const settlement = createSettlement({ records, blobs, vault, scanner, now, logger, metrics, uploadMs: UPLOAD_MS, scanMs: 300 });
  const documents = createDocuments({
    records, blobs, vault, settlement, newId: randomUUID, mostBytes,
    standingOf: async (id) => ([customer, other, merged].includes(id) ? parts.standing : 'absent'),
    idsOf: async (id) => (id === other ? [other, merged] : [id]),
  });
  const accesses: Access[] = [];
  const server = documented(await buildServer({
    modules: [documentsModule(documents)],
    authenticate: () => ({ id: 'zhang', role: 'teller', branch: 'B01', channel: 'counter', rights: parts.rights }),
    logger, metrics, now, commandSecret: Buffer.alloc(32, 1), readWait: async () => true, accessLog: { record: async (access) => void accesses.push(access), refused: () => {} }, checks: {},
    findTarget: async ({ id }) => (id === customer ? { branch: 'B01', customers: [id] } : id === other ? { branch: 'B02', customers: [id] } : undefined),
  }));
  const answer = async (request: InjectOptions) => {
    const response = await server.inject(request);
    const json = String(response.headers['content-type']).includes('json');
    return { status: response.statusCode, headers: response.headers, bytes: response.rawPayload, body: json ? response.json() : undefined };
  };
  return {
    accesses,
    erasing: documentsErasing({ records, blobs, vault }),
    log, vault, clock, blobs: memory, records, documents, settlement, server, parts, customer, other, merged,
    get: (url: string, headers: Record<string, string> = {}) => answer({ method: 'GET', url, headers }),
    post: (url: string, body: object, headers: Record<string, string> = {}) =>
      answer({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload: JSON.stringify(body) }),
    attach: (file: Buffer, { kind = 'contract', type = 'application/pdf', name, headers = {} }: Sent = {}, whose = customer) =>
      answer({
        method: 'POST', url: `/v1/customers/${whose}/documents?kind=${kind}`, payload: file,
        headers: { 'content-type': type, ...(name !== undefined && { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}` }), ...headers },
      }),
    metric: async (pattern: string) => new RegExp(`^${pattern} (.*)$`, 'm').exec((await server.inject('/metrics')).body)?.[1],
    laterBy: (ms: number) => void (clock.now = new Date(clock.now.getTime() + ms)),
  };
}
