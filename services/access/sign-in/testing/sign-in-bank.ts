import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { nothingShown } from '../../../../shared/access/data-classes.js';
import type { Permission } from '../../../../shared/access/permissions.js';
import type { Rights } from '../../../../shared/access/rights.js';
import { createMemoryVault } from '../../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../../shared/events/codec.js';
import type { Vault } from '../../../../shared/crypto/vault.js';
import type { EventStore } from '../../../../shared/event-store/port.js';
import { memoryEventStore } from '../../../../shared/event-store/memory.js';
import type { ApprovalGate } from '../../../../shared/http/approval-gate.js';
import { bearerAuthentication, bootstrapPrincipal } from '../../../../shared/http/authentication.js';
import type { FindTarget } from '../../../../shared/http/route-access.js';
import type { RouteModule } from '../../../../shared/http/route-module.js';
import { buildServer } from '../../../../shared/http/server.js';
import { noAccessLog } from '../../../../shared/http/testing/no-access-log.js';
import { createRecords } from '../../../../shared/records/record.js';
import { createAccessTokens } from '../access-tokens.js';
import { createAuthenticate, type SecondFactorPolicy } from '../authentication.js';
import type { Client, Directory, Holder } from '../directory.js';
import { createMetrics } from '../../../../shared/telemetry/metrics.js';
import { machineClients } from '../machine-keys.js';
import { signInMeters } from '../meters.js';
import type { Address } from '../message-codes.js';
import { passwordHashing, type PasswordHashing } from '../password-hashing.js';
import type { OpenIdProvider } from '../openid-provider.js';
import type { SignInParts } from '../parts.js';
import { setPassword } from '../own-password.js';
import { STAFF } from '../people.js';
import { KnownRevocations } from '../revocations.js';
import { signInModule } from '../routes.js';
import { createSigningKeys } from '../signing-keys.js';
import { signInRecord } from '../state.js';
import { listedPasswords } from '../weak-passwords.js';
import { memoryAttempts } from './memory-attempts.js';
import { memoryChallenges } from './memory-challenges.js';
import { memoryCredentials } from './memory-credentials.js';
import { memorySessions } from './memory-sessions.js';
import { memorySigningKeys } from './memory-signing-keys.js';

export const PASSWORD = 'walnut-ferry-quartz-31';
export const FIXED_TOKEN = 'a-fixed-token-for-founding';

const may = (holder: string, ...permissions: Permission[]): Rights =>
  ({ holder, permits: new Map(permissions.map((permission) => [permission, [{ scope: 'all' as const }]])), views: nothingShown });

/** Sign-in behind the real HTTP server: everything in memory, cheap hashes that are counted, a clock that stands unless it is moved. */
/** What a test of more than sign-in puts beside it. */
export interface Beside {
  readonly modules: readonly RouteModule[];
  readonly customers: Pick<Directory, 'byId' | 'rightsOf'>;
  readonly findTarget: FindTarget;
  readonly approvals?: ApprovalGate;
}

export async function signInBank({ beside, secondFactor = 'when-enrolled', openIdProvider, hashing = passwordHashing({ memoryKiB: 64, passes: 1, atOnce: 2, mostWaiting: 50 }) }: { beside?: (made: { readonly parts: SignInParts; readonly store: EventStore; readonly vault: Vault; readonly now: () => Date }) => Beside; secondFactor?: SecondFactorPolicy; openIdProvider?: OpenIdProvider; hashing?: PasswordHashing } = {}) {
  const clock = { now: new Date('2025-03-01T08:00:00.000Z') };
  const now = (): Date => clock.now;
  const vault = createMemoryVault();
  const store = memoryEventStore();
  const records = createRecords({ store, codec: createCodec(vault) });
  const credentials = memoryCredentials();
  const known: { revocations?: KnownRevocations } = {};
  const sessions = memorySessions((id) => known.revocations?.hear(id));
  const revocations = (known.revocations = new KnownRevocations({ sessions, now }));
  await revocations.read();
  const keyStore = memorySigningKeys();
  const keys = createSigningKeys(keyStore);
  const tokens = createAccessTokens(keys, 'a bank');

  const people = new Map<string, Holder & { readonly rights: Rights }>();
  /** Staff by the digests of their subjects. */
  const subjects = new Map<string, string>();
  const clients = new Map<string, { client: Client; keyId: string }>();
  const person = (id: string): Holder | undefined => people.get(id);
  const directory: Directory = {
    byUsername: async (username) => [...people.values()].find((one) => one.username === username),
    byId: async (id) => person(id),
    rightsOf: async (id) => people.get(id)?.rights,
    actingRightsOf: async () => undefined,
    bySubject: async (digest) => person(subjects.get(digest) ?? ''),
    clientByKey: async (keyId) => [...clients.values()].find((one) => one.keyId === keyId)?.client,
  };
  const metrics = createMetrics();
  const work = { compared: 0, hashed: 0 };
  const counted: PasswordHashing = {
    hash: (password) => (work.hashed++, hashing.hash(password)),
    matches: (hash, password) => (work.compared++, hashing.matches(hash, password)),
  };
  const sent: { holderId: string; code: string; address?: Address }[] = [];
  const administrators: string[] = [];
  const parts: SignInParts = {
    people: STAFF, records, credentials, sessions, challenges: memoryChallenges(), attempts: memoryAttempts(), tokens, directory, hashing: counted, weaknessOf: listedPasswords(),
    meters: signInMeters(metrics, { sessions, now }),
    sendCode: async ({ holderId, code, address }) => (sent.push({ holderId, code, ...(address && { address }) }), true),
    party: { id: 'bank.example', origins: ['https://staff.bank.example'], name: 'Passbook' },
    secondFactor, secret: await vault.secret('sign-in'), onRevoked: (id) => revocations.hear(id), failuresTakeMs: 0, ...(openIdProvider && { openIdProvider }),
  };

  const first = {
    hasAdministrator: async () => administrators.length > 0,
    createAdministrator: async ({ staffId, username }: { staffId: string; username: string }) => {
      administrators.push(staffId);
      people.set(staffId, { id: staffId, username, role: 'administrator', rights: may(staffId, 'self.use', 'access.administer', 'sessions.revoke') });
    },
  };
  const logged: string[] = [];
  const others = beside?.({ parts, store, vault, now });
  const server = await buildServer({
    modules: [signInModule({ ...parts, ...first, keys }), ...(others?.modules ?? [])],
    authenticate: createAuthenticate({
      tokens, revocations, directory, clientOf: machineClients(credentials, directory), secondFactor, now, ...(others && { customers: others.customers }),
      fixed: bearerAuthentication([{ token: FIXED_TOKEN, principal: bootstrapPrincipal }]),
    }),
    logger: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
    now, commandSecret: Buffer.alloc(32, 1), readWait: async () => true, findTarget: others?.findTarget ?? (async () => undefined), accessLog: noAccessLog, checks: {}, ...(others?.approvals && { approvals: others.approvals }),
  });

  const send = async (method: 'GET' | 'POST' | 'DELETE' | 'PATCH', url: string, body?: unknown, token?: string, headers: Record<string, string> = {}) => {
    const response = await server.inject({
      method, url, remoteAddress: '192.0.2.1',
      headers: { 'user-agent': 'a browser', ...(body !== undefined && { 'content-type': 'application/json' }), ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };

  return {
    clock, metrics, parts, first, keys, keyStore, people, subjects, clients, work, sent, administrators, logged, server, revocations, store, vault,
    laterBy: (ms: number): void => void (clock.now = new Date(clock.now.getTime() + ms)),
    async hire(username: string, { password = PASSWORD, permissions = ['self.use'] }: { password?: string; permissions?: Permission[] } = {}): Promise<Holder> {
      const holder = { id: randomUUID(), username, role: 'teller' };
      people.set(holder.id, { ...holder, rights: may(holder.id, ...permissions) });
      const context = { commandId: randomUUID(), repeatable: false, correlationId: randomUUID(), actor: { id: 'bootstrap', role: 'administrator', channel: 'system' }, at: clock.now };
      await setPassword(parts, { holder, password, why: 'first', state: signInRecord.initial }, context);
      work.hashed = 0;
      return holder;
    },
    get: (url: string, token?: string, headers?: Record<string, string>) => send('GET', url, undefined, token, headers),
    post: (url: string, body?: unknown, token?: string, headers?: Record<string, string>) => send('POST', url, body, token, headers),
    send,
    del: (url: string, token?: string) => send('DELETE', url, undefined, token),
    signIn: async (username: string, password = PASSWORD) => send('POST', '/v1/sign-in', { username, password }),
    /** What the log says of somebody's sign-in. */
    told: async (holderId: string) => ((await records.history(signInRecord, holderId, { direction: 'forwards', limit: 500 })) ?? []).map(({ event }) => event),
  };
}

export type SignInBank = Awaited<ReturnType<typeof signInBank>>;
