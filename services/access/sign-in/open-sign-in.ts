import type { Logger } from 'pino';
import type { Vault } from '../../../shared/crypto/vault.js';
import type { Authenticate } from '../../../shared/http/authentication.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import type { Records } from '../../../shared/records/record.js';
import { createMetrics, type Metrics } from '../../../shared/telemetry/metrics.js';
import { createAccessTokens } from './access-tokens.js';
import { createAuthenticate, type SecondFactorPolicy } from './authentication.js';
import type { Directory } from './directory.js';
import { firstAdministratorToken, type FirstAdministratorOptions } from './first-administrator.js';
import { issueMachineKey, machineClients } from './machine-keys.js';
import type { SendCode } from './message-codes.js';
import { signInMeters } from './meters.js';
import { sweepOrphans } from './orphaned-credentials.js';
import { setPassword, type SetPasswordOptions } from './own-password.js';
import type { OpenIdProvider } from './openid-provider.js';
import { subjectDigest } from './openid-sign-in.js';
import type { SignInParts } from './parts.js';
import type { RelyingParty } from './passkeys.js';
import { passwordHashing } from './password-hashing.js';
import { CUSTOMERS, STAFF } from './people.js';
import { postgresAttempts } from './postgres-attempts.js';
import { postgresChallenges } from './postgres-challenges.js';
import { postgresCredentials } from './postgres-credentials.js';
import { postgresSessions } from './postgres-sessions.js';
import { postgresSigningKeys } from './postgres-signing-keys.js';
import { watchRevocations } from './revocations.js';
import { signInModule } from './routes.js';
import { createSigningKeys } from './signing-keys.js';
import type { OpenIdSubjects } from '../access-routes.js';
import { stateOf } from './standing.js';
import { endSessions } from './telling.js';
import { namedCredentials } from './state.js';
import { listedPasswords } from './weak-passwords.js';
import type { CommandContext } from '../../../shared/http/context.js';

export interface OpenSignInOptions extends FirstAdministratorOptions {
  /** Of the databases `ops` and `vault`. */
  readonly opsPool: Pool;
  readonly vaultPool: Pool;
  readonly vault: Vault;
  readonly records: Records;
  readonly directory: Directory;
  readonly sendCode: SendCode;
  /** Customers who sign in for themselves; where absent none do. */
  readonly customers?: Pick<SignInParts, 'directory' | 'sendCode'> & { readonly stepUpLastsMs: number };
  readonly party: RelyingParty;
  /** Names the bank in its tokens. */
  readonly issuer: string;
  readonly secondFactor: SecondFactorPolicy;
  /** Where staff may sign in through one. */
  readonly openIdProvider?: OpenIdProvider;
  /** For tokens of founding clients. */
  readonly fixed?: Authenticate;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly now: () => Date;
}

export interface SignIn {
  readonly module: RouteModule;
  readonly authenticate: Authenticate;
  /** The same machinery for customers, for services/self-service. */
  readonly customers?: SignInParts;
  /** For services/access, which links them. */
  readonly openIdSubjects?: OpenIdSubjects;
  /** For the link of the first start; undefined where somebody administers. */
  firstAdministratorToken(): Promise<string | undefined>;
  /** Row first: the command `add-client-key` with `keyId` puts it in force. `key` is shown once. */
  issueMachineKey(clientId: string, at: Date): Promise<{ readonly keyId: string; readonly key: string }>;
  /** For demonstrations, and where an administrator resets one. */
  setPassword(options: Omit<SetPasswordOptions, 'state'>, context: CommandContext): Promise<void>;
  /** Readiness: throws where revocations are not known. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 10 * 60_000;
const FAILURES_TAKE_MS = 400;
const NO_SESSION = '00000000-0000-0000-0000-000000000000';

/** Sign-in as it runs: everything in Postgres, shared by all api processes. */
export async function openSignIn(options: OpenSignInOptions): Promise<SignIn> {
  const { opsPool, vaultPool, vault, records, directory, secondFactor, logger, now } = options;
  const sealing = await vault.secret('credentials');
  const secret = await vault.secret('sign-in');
  const credentials = await postgresCredentials({ pool: vaultPool, secret: sealing });
  const sessions = await postgresSessions(opsPool, vault);
  const challenges = postgresChallenges(opsPool);
  const attempts = postgresAttempts({ pool: opsPool, secret });
  const keyStore = postgresSigningKeys({ pool: vaultPool, secret: sealing });
  const keys = createSigningKeys(keyStore);
  const tokens = createAccessTokens(keys, options.issuer);
  const revocations = await watchRevocations({ pool: opsPool, sessions, logger, now });
  const parts: SignInParts = {
    people: STAFF, records, credentials, sessions, challenges, attempts, tokens, directory, hashing: passwordHashing(), weaknessOf: listedPasswords(), sendCode: options.sendCode, meters: signInMeters(options.metrics ?? createMetrics(), { sessions, now }), party: options.party,
    secondFactor, secret, onRevoked: (id) => revocations.hear(id), failuresTakeMs: FAILURES_TAKE_MS,
  };
  const customers = options.customers && ({ ...parts, ...options.customers, people: CUSTOMERS, secondFactor: 'required' } satisfies SignInParts);

  async function sweep(): Promise<void> {
    const at = now();
    await attempts.sweep(at);
    await challenges.sweep(at);
    await sessions.sweep(at);
    await keyStore.sweep(at);
    // Of people the sign-in stream says what is in force, of clients the directory.
    await sweepOrphans(credentials, async (holderId, ids) => {
      const named = new Set([...namedCredentials(await stateOf(parts, holderId)), ...(customers ? namedCredentials(await stateOf(customers, holderId)) : [])]);
      for (const id of ids) if ((await directory.clientByKey(id, at)) !== undefined) named.add(id);
      return named;
    }, at);
  }
  const sweeping = setInterval(() => void sweep().catch((error: unknown) => logger.warn({ err: error }, 'what sign-in needs no more was not swept')), SWEEP_EVERY_MS).unref();

  return {
    ...(customers && { customers }),
    ...(options.openIdProvider && { openIdSubjects: openIdSubjects(parts, options.openIdProvider) }),
    module: signInModule({ ...parts, ...(options.openIdProvider && { openIdProvider: options.openIdProvider }), keys, hasAdministrator: options.hasAdministrator, createAdministrator: options.createAdministrator }),
    authenticate: createAuthenticate({
      tokens, revocations, directory, ...(options.customers && { customers: options.customers.directory, stepUpLastsMs: options.customers.stepUpLastsMs }), clientOf: machineClients(credentials, directory), secondFactor, now, ...(options.fixed && { fixed: options.fixed }),
    }),
    firstAdministratorToken: () => firstAdministratorToken(parts, options, now()),
    issueMachineKey: (clientId, at) => issueMachineKey(credentials, clientId, at),
    setPassword: async (wanted, context) => setPassword(parts, { ...wanted, state: await stateOf(parts, wanted.holder.id) }, context),
    check: async () => void revocations.isRevoked(NO_SESSION),
    async stop() {
      clearInterval(sweeping);
      await revocations.stop();
    },
  };
}

export const openIdSubjects = (parts: SignInParts, { issuer }: OpenIdProvider): OpenIdSubjects => ({
  issuer,
  digestOf: (subject) => subjectDigest(parts.secret, issuer, subject),
  endSessions: async (holderId, context) => void (await endSessions(parts, { holderId }, 'ended-by-other', context)),
});
