import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { bankTimes } from '../../services/evaluation/bank-times.js';
import { bankCatalogue } from '../../services/evaluation/catalogue.js';
import { EVALUATED, openedLog } from '../../services/evaluation/whole-log.js';
import { SEGMENT_STREAMS } from '../../services/marketing/asked-segments.js';
import { replayAlerts, type AlertDifference, type AlertReplay } from '../../services/risk/replay.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { BankRecords } from './open-records.js';
import { selectEvents } from './read-events.js';
import { complain, EXIT, print, withRecords } from './shell.js';

const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 10_000;

/** What the risk rules find in the log, and whether that is what was recorded. */
export function addAlertsCommand(audit: Command): void {
  audit.command('alerts').description('runs the risk rules over the whole log once more, as they were in force, and compares what they find with the alerts in it; writes nothing')
    .option('--json', 'every alert found as a JSON line', false)
    .action(({ json }: { json: boolean }) => withRecords((records) => alerts(records, json)));
}

async function alerts(records: BankRecords, json: boolean): Promise<number> {
  const { log, codec, config: { timeZone } } = records;
  // Before the log is read: what is recorded while it is read may be behind what was read.
  const isWhole = await hasCaughtUp(records);
  const replay = await replayAlerts({
    catalogue: bankCatalogue, ...bankTimes(timeZone), log: openedLog(selectEvents(log, {}, 'evaluating'), codec, [...EVALUATED, ...SEGMENT_STREAMS, 'riskrule-', 'riskcase-']),
  });
  if (json) for (const alert of replay.found) print(JSON.stringify(alert));
  else for (const line of summary(replay)) print(line);
  for (const difference of replay.differences) process.stderr.write(`${differenceLine(difference)}\n`);
  if (replay.differences.length === 0) return EXIT.clean;
  const isLate = !isWhole && replay.differences.every(({ kind }) => kind === 'not-stored');
  return isLate ? complain('the evaluator has not got the whole log: ask again when it has', EXIT.incomplete) : EXIT.differences;
}

/** Rule, version, alerts, customers; the most first. */
function summary({ found, stored }: AlertReplay): string[] {
  const rules = new Map<string, { kind: string; alerts: number; customers: Set<string> }>();
  for (const { ruleId, ruleVersion, kind, customerId } of found) {
    const name = `${ruleId} v${ruleVersion}`;
    const rule = rules.get(name) ?? { kind, alerts: 0, customers: new Set() };
    rules.set(name, { ...rule, alerts: rule.alerts + 1, customers: rule.customers.add(customerId) });
  }
  const lines = [...rules].sort(([, a], [, b]) => b.alerts - a.alerts).map(([name, { kind, alerts, customers }]) => `${kind.padEnd(24)} ${name}  ${alerts} alerts, ${customers.size} customers`);
  return [...lines, `${found.length} alerts found, ${stored} recorded`];
}

function differenceLine(difference: AlertDifference): string {
  const { kind, alertId } = difference;
  return kind === 'other' ? `${kind}  ${alertId}  recorded ${JSON.stringify(difference.stored)}, found ${JSON.stringify(difference.found)}` : `${kind}  ${alertId}`;
}

/** Whether the bank's own evaluation has the log's present end; of a bank that runs it is waited for, as long as it moves. */
async function hasCaughtUp(records: BankRecords): Promise<boolean> {
  const end = (await lastPosition(records.log)) ?? -1n;
  let movedAt = performance.now();
  for (let before: bigint | undefined; ;) {
    const now = await evaluatedUpTo(records);
    if (now >= end) return true;
    if (now !== before) movedAt = performance.now();
    before = now;
    if (records.stopped || performance.now() - movedAt > PATIENCE_MS) return false;
    await pause(LOOK_EVERY_MS);
  }
}

/** Position of the last event that the bank's own evaluation has handled. */
async function evaluatedUpTo({ readPool }: BankRecords): Promise<bigint> {
  const { rows: [there] } = await readPool.query<{ there: boolean }>(`SELECT to_regclass('evaluation_risk.checkpoint') IS NOT NULL AS there`);
  if (!there!.there) return -1n;
  const { rows } = await readPool.query<{ position: string | null }>(`SELECT progress->>'position' AS position FROM evaluation_risk.checkpoint`);
  return BigInt(rows[0]?.position ?? -1);
}
