import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { seal, type Envelope } from '../../shared/crypto/envelope.js';
import { SubjectErased, type SubjectKey, type Vault } from '../../shared/crypto/vault.js';
import { FROM_BINDING } from '../../shared/events/accesses/events.js';
import type { Codec } from '../../shared/events/codec.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { Access, AccessLog } from '../../shared/http/access-record.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { accessLogMeters } from './meters.js';
import { shipLeftovers } from './leftovers.js';
import { lineOf, placeSubjectOf, reasonSubjectOf } from './record.js';
import { Refusals } from './refusals.js';
import { Shipper } from './shipping.js';
import { removeSpool, Spool, type SpoolOwner } from './spool.js';

export interface AccessLogOptions {
  readonly store: EventStore;
  readonly codec: Codec;
  readonly vault: Vault;
  /** Of all spools of this machine's api processes. */
  readonly folder: string;
  /** This process, and whether one that wrote a spool still runs. */
  readonly owner: SpoolOwner;
  readonly isRunning: (owner: SpoolOwner) => boolean;
  /** What may wait while the event store is away; more is refused. */
  readonly mostBytes: number;
  /** Who holds an account; undefined where nobody knows (yet). */
  readonly partiesOfAccount: (id: string) => readonly string[] | undefined;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly shipEveryMs?: number;
}

export interface AccessLogStatus {
  readonly unshippedBytes: number;
  /** How long the oldest record has waited to be stored, as far as is known. */
  readonly waitingSeconds: number;
  readonly failure: string | undefined;
}

export interface RunningAccessLog extends AccessLog {
  status(): AccessLogStatus;
  /** Throws where records cannot be kept, or have waited long to be stored. */
  check(): void;
  /** Stores what there is, as far as that goes; the rest is stored by the next start. */
  stop(): Promise<void>;
}

const SHIP_EVERY_MS = 500;
const LOOK_FOR_LEFTOVERS_EVERY_MS = 5_000;
const STOP_WITHIN_MS = 5_000;
const MOST_WAITING_SECONDS = 60;
const PLACES = { max: 5_000, ttl: 60_000 };

/** The access log of one api process: a spool of its own, shipped into the log in batches, and what killed processes left behind. */
export async function openAccessLog(options: AccessLogOptions): Promise<RunningAccessLog> {
  const { store, codec, vault, folder, logger } = options;
  const meters = accessLogMeters(options.metrics, () => status());
  const spool = await Spool.create({ folder, id: randomUUID(), mostBytes: options.mostBytes, owner: options.owner });
  const places = new LRUCache<string, Envelope>(PLACES);
  const stopping = new AbortController();
  const onUnreadable = (error: unknown): void => logger.error({ err: error }, 'a line of the access log cannot be read');
  const shipper = new Shipper({
    store, codec, spool: spool.id, folder: spool.folder, onUnreadable,
    onShipped: (bytes, accesses) => {
      spool.shipped(bytes);
      meters.shipped(accesses);
    },
  });
  let waitingSince: number | undefined;
  let failure: string | undefined;

  const refusals = new Refusals((access, times) => {
    write(access, times).catch((error: unknown) => {
      meters.lost(times);
      logger.error({ err: error }, 'a refusal cannot be recorded');
    });
  });

  /** Those under way, which a stop waits for: repeats of refusals are written when it comes, and nobody else does. */
  const writes = new Set<Promise<void>>();
  function write(access: Access, times: number): Promise<void> {
    const writing = writeNow(access, times).finally(() => writes.delete(writing));
    writes.add(writing);
    return writing;
  }

  async function writeNow(access: Access, times: number): Promise<void> {
    const customers = [...new Set([...access.customers, ...access.accounts.flatMap((id) => options.partiesOfAccount(id) ?? [])])];
    const from = await placeOf(access);
    const reasonKey = access.reason === undefined ? undefined : await keyOf(reasonSubjectOf(customers));
    waitingSince ??= Date.now();
    await spool.append((number) => lineOf(access, customers, times, { from, reasonKey }, spool.id, number));
    meters.recorded(access.status);
  }

  async function placeOf(access: Access): Promise<Envelope | undefined> {
    const subject = placeSubjectOf(access);
    const { address, device } = access;
    const name = JSON.stringify([subject, address, device]);
    const known = places.get(name);
    if (known) return known;
    const key = await keyOf(subject);
    const sealed = key && seal({ address, device }, key, FROM_BINDING);
    if (sealed) places.set(name, sealed);
    return sealed;
  }

  /** Undefined for somebody erased: nothing personal of them is kept any more. */
  async function keyOf(subject: string): Promise<SubjectKey | undefined> {
    try {
      return (await vault.keysOf([subject])).get(subject);
    } catch (error) {
      if (error instanceof SubjectErased) return undefined;
      throw error;
    }
  }

  async function ship(): Promise<void> {
    const before = spool.unshippedBytes === 0 ? undefined : Date.now();
    try {
      await shipper.ship();
      waitingSince = spool.unshippedBytes === 0 ? undefined : before;
      failure = undefined;
    } catch (error) {
      if (failure === undefined) logger.warn({ err: error }, 'the access log cannot be stored now; it is kept and stored later');
      failure = String(error);
    }
  }

  async function shipUntilStopped(): Promise<void> {
    let lookedAt = 0;
    while (!stopping.signal.aborted) {
      refusals.flush(Date.now());
      if (spool.unshippedBytes > 0) await ship();
      if (Date.now() - lookedAt >= LOOK_FOR_LEFTOVERS_EVERY_MS) {
        await shipLeftovers({ ...options, except: spool.id, onUnreadable, onShipped: meters.shipped }).catch((error: unknown) => logger.warn({ err: error }, 'what another process left of the access log is not stored yet'));
        lookedAt = Date.now();
      }
      await pause(options.shipEveryMs ?? SHIP_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = shipUntilStopped();
  const status = (): AccessLogStatus => ({
    unshippedBytes: spool.unshippedBytes, waitingSeconds: waitingSince === undefined ? 0 : (Date.now() - waitingSince) / 1_000, failure: spool.failure ?? failure,
  });

  return {
    record: (access) => write(access, 1),
    refused: (access) => refusals.add(access, Date.now()),
    status,
    check() {
      if (spool.isFull) throw new Error('the spool is full: reads are refused until the event store takes it');
      if (spool.failure !== undefined) throw new Error(`the spool cannot be written: ${spool.failure}`);
      const { waitingSeconds } = status();
      if (waitingSeconds > MOST_WAITING_SECONDS) throw new Error(`accesses have waited ${Math.round(waitingSeconds)} s to be stored: ${failure ?? ''}`);
    },
    async stop() {
      refusals.flush(Date.now(), true);
      stopping.abort();
      await running;
      await Promise.allSettled(writes);
      await Promise.race([ship(), pause(STOP_WITHIN_MS, undefined, { ref: false })]);
      await spool.close();
      if (spool.unshippedBytes > 0) return;
      await shipper.close();
      await removeSpool(spool.folder);
    },
  };
}
