import path from 'node:path';
import type { Logger } from 'pino';
import { asOwner } from './owner-lock.js';
import { startPartProcess, type PartCommand, type PartProcess } from './part-process.js';

export interface PartOptions {
  /** Made when absent, mode 0700. */
  readonly dataDir: string;
  readonly logger: Logger;
}

/** A server of our own on this machine. `pid` and `exited` are of the present process; a restart brings a new one. */
export interface RunningPart extends PartProcess {
  /** Stops it if it runs, and starts it again at the same address. */
  restart(): Promise<void>;
}

/** How a part is run, and where clients find it. */
type Prepared<Address> = Omit<PartCommand, 'name' | 'dataDir' | 'logger'> & { readonly address: Address };

/**
 * Starts a part that owns its data directory until it is stopped. `prepare` writes what the part needs there.
 * @throws PartFailure
 */
export const startPart = async <Address extends object>(
  part: 'Kafka' | 'Redis' | 'S3', { dataDir: folder, logger }: PartOptions, prepare: (dataDir: string) => Promise<Prepared<Address>>,
): Promise<RunningPart & Address> => {
  const dataDir = path.resolve(folder);
  return asOwner(dataDir, part, async (release) => {
    const { address, ...command } = await prepare(dataDir);
    const launch = (): Promise<PartProcess> => startPartProcess({ ...command, name: part.toLowerCase(), dataDir, logger });
    let current = await launch();
    return Object.assign<RunningPart, Address>({
      get pid() { return current.pid; },
      get exited() { return current.exited; },
      stop: async () => { await current.stop(); release(); },
      kill9: () => current.kill9(),
      restart: async () => { await current.stop(); current = await launch(); },
    }, address);
  });
};
