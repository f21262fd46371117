import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../../shared/config/config.js';
import { readTls, type TlsFiles, type TlsMaterial } from '../../shared/tls/tls-files.js';
import { eventStoreUrlWith, postgresUrlWith } from '../../shared/config/tls.js';
import { makeBankCertificates } from '../certificates/bank-certificates.js';
import { freePort, isPortFree } from '../processes/free-port.js';
import { takeOwnership } from '../processes/owner-lock.js';
import { PartFailure } from '../processes/part-failure.js';
import { bootstrapToken } from './bootstrap-token.js';
import { ChildRole } from './child-role.js';
import { writeConnections } from './connections.js';
import type { StartConsole } from './console.js';
import { endLeftoverRoles, writeProcessList } from './process-list.js';
import { reachable, whyUnready } from './readiness.js';
import { embeddedPostgres, realParts, type OutsidePart } from './parts.js';

export interface SupervisorOptions {
  readonly config: Config;
  /** The compiled program that a role's process runs. */
  readonly program: string;
  /** Start a real Kafka and a real Redis beside the embedded Postgres and event store. */
  readonly real: boolean;
  /** Everything over TLS, with certificates made in the data folder. */
  readonly tls: boolean;
  /** The people of the demonstration bank may sign in. */
  readonly demonstrates: boolean;
  readonly console: StartConsole;
  readonly logger: Logger;
}

export interface RunningBank {
  readonly url: string;
  readonly token: string;
  /** What whoever asks it over HTTPS trusts and shows. */
  readonly tls?: TlsMaterial;
  /** What kept it from being ready when it had started, from /health/ready; it may come by itself. */
  readonly unready?: string;
  stop(): Promise<void>;
}

/** A longer wait (a long log to catch up with) is said, not sat out. */
const READY_WITHIN_MS = 20_000;

/**
 * Starts every process of a bank in order and keeps them running: Postgres, the event store, the pipeline (relay, projectors), the evaluation
 * (risk rules, segments), the api with the ledger. A part whose URL is configured is used, not started. Each process may be killed alone; it is started again.
 */
export async function startBank(options: SupervisorOptions): Promise<RunningBank> {
  const { config, console: terminal, logger } = options;
  const dataDir = path.resolve(config.dataDir);
  makeFolder(dataDir);
  const ownership = takeOwnership(dataDir, 'Passbook');
  const parts: OutsidePart[] = [];
  const roles: ChildRole[] = [];
  const writeProcesses = (): void => writeProcessList(dataDir, [{ name: 'supervisor', pid: process.pid }, ...parts, ...roles]);
  const stop = async (): Promise<void> => {
    for (const role of [...roles].reverse()) await role.stop();
    for (const part of [...parts].reverse()) await part.stop();
    ownership.release();
  };
  try {
    await endLeftoverRoles(dataDir, ['api', 'evaluation', 'pipeline', 'event-store'], logger);
    if (config.httpPort !== 0 && !(await isPortFree(config.httpPort)))
      throw new PartFailure(`port ${config.httpPort} is in use by another program: stop that, or choose another with PASSBOOK_HTTP_PORT`);
    const token = bootstrapToken(config.bootstrapToken, dataDir);
    const environment: Record<string, string> = { PASSBOOK_DATA_DIR: dataDir, PASSBOOK_BOOTSTRAP_TOKEN: token };
    if (options.demonstrates) environment['PASSBOOK_DEMONSTRATION'] = 'yes';
    if (config.httpPort === 0) environment['PASSBOOK_HTTP_PORT'] = String(await freePort());
    const certificates = options.tls ? await makeBankCertificates(path.join(dataDir, 'tls'), { hosts: [reachable(config.httpHost)], days: CERTIFICATE_DAYS }) : undefined;
    if (certificates) Object.assign(environment, tlsVariables(certificates.tools));
    const starters = [...(config.postgresUrl === undefined ? [embeddedPostgres(dataDir, logger, writeProcesses, certificates?.postgres)] : []), ...(options.real ? realParts(dataDir, logger, writeProcesses, certificates) : [])];
    for (const starter of starters) {
      const part = await terminal.step(starter.what, () => starter.start());
      parts.push(part);
      writeProcesses();
      Object.assign(environment, part.environment);
    }
    const role = async (name: string, what: string, own: Record<string, string> = {}): Promise<void> => {
      const child = new ChildRole({
        name, program: options.program, environment: { ...environment, ...(certificates && tlsVariables(certificates[name as keyof typeof certificates])), ...own }, logDir: path.join(dataDir, 'logs'), logger,
        onEnded: (which, why) => terminal.say(`  ${which} ended (${why}); starting it again`),
        onChanged: writeProcesses,
      });
      roles.push(child);
      await terminal.step(what, () => child.start());
    };
    const isEncrypted = certificates !== undefined || config.tls !== undefined;
    if (config.eventStoreUrl === undefined) {
      environment['PASSBOOK_EVENTSTORE_URL'] = `esdb://${isEncrypted ? 'localhost' : '127.0.0.1'}:${await freePort()}?tls=${isEncrypted}`;
      await role('event-store', 'Event store', statusAt(config.statusPort, 1, isEncrypted));
    }
    writeConnections(dataDir, certificates ? throughTls(environment, certificates.tools) : environment);
    await role('pipeline', 'Relay and projectors', statusAt(config.statusPort, 0, isEncrypted));
    await role('evaluation', 'Risk rules and segments', statusAt(config.statusPort, 2, isEncrypted));
    await role('api', 'API and ledger');
    const scheme = isEncrypted ? 'https' : 'http';
    const tlsFiles = certificates?.tools ?? config.tls;
    const tls = tlsFiles && readTls(tlsFiles);
    const port = environment['PASSBOOK_HTTP_PORT'] ?? config.httpPort;
    const unready = await terminal.step('Commands and queries', () => whyUnready(`${scheme}://${reachable(config.httpHost)}:${port}`, READY_WITHIN_MS, tls));
    return { url: `${scheme}://${config.httpHost}:${port}`, token, ...(tls && { tls }), ...(unready !== undefined && { unready }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of a role without an API, whatever the API listens on; `place` beyond the configured port, where one is. */
const statusAt = (port: number, place: number, isEncrypted: boolean): Record<string, string> => ({
  PASSBOOK_HTTP_HOST: '127.0.0.1', PASSBOOK_STATUS_PORT: String(port === 0 ? 0 : port + place), ...(isEncrypted && { PASSBOOK_HTTP_CLIENT_CERTIFICATES: 'required' }),
});

/** Where tools beside the bank reach its parts, with the files they need. */
function throughTls(environment: Readonly<Record<string, string>>, tools: TlsFiles): Readonly<Record<string, string>> {
  const { PASSBOOK_POSTGRES_URL: postgres, PASSBOOK_EVENTSTORE_URL: eventStore } = environment;
  return {
    ...environment,
    ...(postgres !== undefined && { PASSBOOK_POSTGRES_URL: postgresUrlWith(tools, postgres, []) }),
    ...(eventStore !== undefined && { PASSBOOK_EVENTSTORE_URL: eventStoreUrlWith(tools, eventStore, []) }),
  };
}

const CERTIFICATE_DAYS = 90;

const tlsVariables = ({ caFile, certFile, keyFile }: TlsFiles): Record<string, string> =>
  ({ PASSBOOK_TLS_CA_FILE: caFile, PASSBOOK_TLS_CERT_FILE: certFile, PASSBOOK_TLS_KEY_FILE: keyFile });

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file is in the way' : (code ?? String(error));
    throw new PartFailure(`${dataDir} cannot be the data folder: ${why}. PASSBOOK_DATA_DIR names another`);
  }
}
