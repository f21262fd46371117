import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import { Shipper, type ShipperOptions } from './shipping.js';
import { ownerOf, removeSpool, type SpoolOwner } from './spool.js';

export interface LeftoversOptions extends Pick<ShipperOptions, 'store' | 'codec' | 'onUnreadable'> {
  /** Of all spools. */
  readonly folder: string;
  /** One's own spool. */
  readonly except: string;
  readonly isRunning: (owner: SpoolOwner) => boolean;
  readonly onShipped: (accesses: number) => void;
  readonly logger: Logger;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Stores what processes left in their spools that are no more; several may do so at once, each record is stored once. */
export async function shipLeftovers({ folder, except, isRunning, onShipped, logger, ...parts }: LeftoversOptions): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === except || !UUID.test(entry.name)) continue;
    const left = path.join(folder, entry.name);
    const owner = await ownerOf(left);
    if (owner && isRunning(owner)) continue;
    let accesses = 0;
    const shipper = new Shipper({ ...parts, spool: entry.name, folder: left, onShipped: (_, count) => void (accesses += count) });
    try {
      await shipper.ship();
    } finally {
      await shipper.close();
    }
    await removeSpool(left);
    if (accesses === 0) continue;
    onShipped(accesses);
    logger.info({ accesses, spool: entry.name }, 'what a process left of the access log when it ended is stored');
  }
}
