import { pino } from 'pino';
import { allRights, type Rights } from '../../../shared/access/rights.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import { bearerAuthentication } from '../../../shared/http/authentication.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { documented } from '../../../shared/http/testing/documented.js';
import { createMetrics } from '../../../shared/telemetry/metrics.js';
import type { FindTarget } from '../../../shared/http/route-access.js';
import { createRecords } from '../../../shared/records/record.js';
import { createInterruptedStore } from '../../../shared/records/testing/interrupted-store.js';
import type { DuplicateCandidate, FindProbableDuplicates } from '../duplicates.js';
import { demonstrationFaceMatch, demonstrationRegistry } from '../identity/demonstration.js';
import { createIdentityChecks } from '../identity/identity-checks.js';
import type { FaceMatch, IdentityRegistry } from '../identity/providers.js';
import { identityChecksModule } from '../identity/routes.js';
import { createPeople } from '../merging/person.js';
import { skippedDuplicateSearches } from '../meters.js';
import { customersModule } from '../routes.js';

const TOKEN = 'a-token-for-tests';

/** The customers module behind the real HTTP server, over a log in memory and without a read model. Its clock stands unless it is moved. */
export async function customersBank({ findProbableDuplicates = async () => [], findTarget = async () => undefined }: { findProbableDuplicates?: FindProbableDuplicates; findTarget?: FindTarget } = {}) {
  const parts: { rights: Rights } = { rights: allRights('zhang') };
  const log = createInterruptedStore();
  const vault = createMemoryVault();
  const clock = { now: new Date('2025-03-01T08:00:00.000Z') };
  const logger = pino({ level: 'silent' });
  const metrics = createMetrics();
  const found: { candidates: readonly DuplicateCandidate[] | undefined; documents: readonly string[] } = { candidates: undefined, documents: [] };
  const providers: { registry: IdentityRegistry; faceMatch: FaceMatch; pictures: Record<string, Buffer | 'unscanned'> } = { registry: demonstrationRegistry, faceMatch: demonstrationFaceMatch, pictures: {} };
  const records = createRecords({ store: log, codec: createCodec(vault) });
  const checks = createIdentityChecks({
    records, survivorOf: createPeople(log).survivorOf, logger, metrics, timeoutMs: 300, pauseMs: 60_000,
    registry: { name: 'registry-of-the-test', check: (person, signal) => providers.registry.check(person, signal) },
    faceMatch: { name: 'face-match-of-the-test', compare: (...pictures) => providers.faceMatch.compare(...pictures) },
    pictureOf: async (_, id, kind) => providers.pictures[`${kind} ${id}`],
  });
  const authenticate = bearerAuthentication([{ token: TOKEN, principal: { id: 'zhang', role: 'teller', branch: 'B01', channel: 'counter', rights: parts.rights } }]);
  const server = documented(await buildServer({
    modules: [customersModule({
      store: log, codec: createCodec(vault), secret: await vault.secret('search'), timeZone: 'Asia/Shanghai', now: () => clock.now,
      findProbableDuplicates: async (profile) => found.candidates ?? (await findProbableDuplicates(profile)),
      onDuplicateSearchSkipped: skippedDuplicateSearches({ metrics, logger }),
      currentView: async () => undefined,
      missingDocuments: async (_, ids) => ids.filter((id) => !found.documents.includes(id)),
    }), identityChecksModule({ checks })],
    authenticate: async (request) => ({ ...(await authenticate(request)), rights: parts.rights }),
    logger, metrics, now: () => clock.now, commandSecret: Buffer.alloc(32, 1), readWait: async () => true, findTarget, accessLog: noAccessLog, checks: {},
  }));
  const send = async (method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await server.inject({
      method, url,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
  return {
    log, vault, clock, found, providers, checks, server, parts,
    get: (url: string) => send('GET', url),
    /** A metric without labels, as /metrics shows it. */
    metric: async (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec((await server.inject('/metrics')).body)?.[1],
    post: (url: string, body: unknown, headers?: Record<string, string>) => send('POST', url, body, headers),
    patch: (id: string, revision: number | string, body: unknown, headers?: Record<string, string>) => send('PATCH', `/v1/customers/${id}`, body, { 'if-match': `"${revision}"`, ...headers }),
    laterBy: (ms: number) => void (clock.now = new Date(clock.now.getTime() + ms)),
  };
}
