import { setTimeout as pause } from 'node:timers/promises';
import type { BankRecords } from '../../infra/audit/open-records.js';
import { bankProjections } from '../../infra/roles/projections.js';
import { progressOf } from '../../projections/projector/progress.js';
import { publishedUpTo } from '../../services/relay/checkpoint.js';
import { lastPosition } from '../../shared/event-store/last-position.js';

const EVALUATIONS = ['evaluation_risk', 'evaluation_marketing'] as const;
const EVERY_MS = 100;

/**
 * Milliseconds until relay, read models and evaluations have all that is in the log. Throws when that does not come within `deadlineMs`.
 * Asked cheaply, by checkpoints: what is asked here the bank's processes pay for.
 */
export async function untilLevel(records: BankRecords, deadlineMs: number): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const end = (await lastPosition(records.log)) ?? 0n;
    const behind = (await reached(records)).filter(({ position }) => position < end);
    const took = performance.now() - begun;
    if (behind.length === 0) return took;
    if (took > deadlineMs) throw new Error(`still behind position ${end}: ${behind.map(({ who, position }) => `${who} at ${position}`).join(', ')}`);
    await pause(EVERY_MS);
  }
}

async function reached({ readPool, opsPool, vault }: BankRecords): Promise<{ readonly who: string; readonly position: bigint }[]> {
  const projections = await progressOf(readPool, bankProjections(vault).map(({ name }) => name));
  const evaluations = await Promise.all(EVALUATIONS.map(async (schema) => {
    const { rows } = await readPool.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [`${schema}.checkpoint`]);
    if (!rows[0]!.there) return { who: schema, position: -1n };
    const checkpoint = await readPool.query<{ position: string | null }>(`SELECT progress ->> 'position' AS position FROM ${schema}.checkpoint`);
    return { who: schema, position: BigInt(checkpoint.rows[0]?.position ?? -1) };
  }));
  return [{ who: 'relay', position: await publishedUpTo(opsPool) }, ...projections.map(({ projection, position }) => ({ who: projection, position })), ...evaluations];
}
