import { InvalidArgumentError } from 'commander';
import { SigningKeyFault } from '../../services/notary/signing-key.js';
import { ConfigFault, loadConfig, type Config } from '../../shared/config/config.js';
import { StoreFailure } from '../../shared/event-store/port.js';
import { createLogger } from '../../shared/telemetry/logger.js';
import { PartFailure } from '../processes/part-failure.js';
import { Ended, endedEarly, readsUntil } from './ending.js';
import { openRecords, type BankRecords } from './open-records.js';

/** Exit codes, for scripts; whatever ends the work before it is done is 128 and the signal's number, as in every shell. */
export const EXIT = { clean: 0, differences: 1, usage: 2, unreachable: 3, absent: 4, incomplete: 5 } as const;

/** Runs with the bank's records open; they are closed whatever happens: a stopped bank's servers run only for as long as this. */
export const withRecords = (work: (records: BankRecords) => Promise<number>): Promise<void> => withConfig(async (config) => {
  const ending = endedEarly();
  let records: BankRecords | undefined;
  try {
    records = await opened(config);
    ending.signal.throwIfAborted();
    return await work({ ...records, log: readsUntil(records.log, ending.signal) });
  } catch (error) {
    // What fails because the work was ended is no news.
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    await records?.close();
    ending.forget();
  }
});

/** Runs with the configuration alone. */
export async function withConfig(work: (config: Config) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work(loadConfig(process.env));
  } catch (error) {
    process.exitCode = failed(error);
  }
}

async function opened(config: Config): Promise<BankRecords> {
  try {
    return await openRecords(config, createLogger({ logLevel: 'silent' }, 'audit'));
  } catch (error) {
    throw new PartFailure(`the records cannot be opened: ${messageOf(error)}`, { cause: error });
  }
}

function failed(error: unknown): number {
  if (error instanceof Ended) return error.exitCode;
  if (error instanceof StoreFailure && error.kind === 'stream-not-found') return complain(error.message, EXIT.absent);
  if (error instanceof SigningKeyFault || error instanceof ConfigFault || error instanceof InvalidArgumentError) return complain(error.message, EXIT.usage);
  if (error instanceof PartFailure || error instanceof StoreFailure) return complain(error.message, EXIT.unreachable);
  return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.unreachable);
}

/** A connection that is refused on every address of a host has no message of its own. */
const messageOf = (error: unknown): string =>
  error instanceof AggregateError && error.message === '' ? error.errors.map(messageOf).join('; ') : error instanceof Error ? error.message : String(error);

export function complain(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}

export const print = (line: string): void => void process.stdout.write(`${line}\n`);
