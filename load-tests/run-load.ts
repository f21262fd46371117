import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { openRecords } from '../infra/audit/open-records.js';
import { startBankUnderTest } from '../infra/journeys/bank-under-test.js';
import { loadConfig } from '../shared/config/config.js';
import { createLogger } from '../shared/telemetry/logger.js';
import { Auditor } from './auditor/auditor.js';
import { openBaseline, pgbenchVersion } from './baseline/baseline.js';
import { foundBank, foundedIn } from './founding/found-bank.js';
import type { Founded } from './founding/founded-ids.js';
import { loadBank } from './load-bank.js';
import { costOf } from './process-cost.js';
import type { Report } from './report/report.js';
import { pageOf } from './report/page.js';
import { linesOf } from './report/lines.js';
import { pidsOf } from './rounds.js';
import { runScenario, type Result, type RunOptions } from './run-scenario.js';
import { scenariosNamed } from './scenarios/scenarios.js';
import type { Scenario } from './scenarios/scenario.js';

export interface LoadOptions extends RunOptions {
  readonly data?: string;
  readonly real: boolean;
  readonly accounts?: number;
  readonly baseline: boolean;
  readonly out: string;
}

const MOST_BASELINE_ACCOUNTS = 100_000;

/** Founds or opens a bank, runs the scenarios on it and writes the report. Returns how many differences the auditor found. */
export async function runLoad(names: readonly string[], options: LoadOptions, say: (line: string) => void): Promise<number> {
  const scenarios = scenariosNamed(names);
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-load-'));
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  // The bank stands in a process group of its own: Ctrl-C does not reach it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void undoAll().finally(() => process.exit(130)));
  try {
    const dataDir = options.data === undefined ? path.join(folder, 'bank') : path.resolve(options.data);
    const founded = foundedIn(dataDir) ?? (await foundFor(scenarios, dataDir, options, say));
    const under = await startBankUnderTest({ dataDir, real: options.real, environment: { PASSBOOK_CLOCK_TICK_SECONDS: '300' } });
    undo.push(() => under.stop());
    const records = await openRecords(loadConfig({ PASSBOOK_DATA_DIR: dataDir }), createLogger({ logLevel: 'silent' }, 'load'));
    undo.push(() => records.close());
    const bank = loadBank(under, records, founded, `load-${process.hrtime.bigint()}`);
    const auditor = new Auditor(bank);
    const readMs = await auditor.drained();
    say(`read models and evaluations have the founded bank after ${(readMs / 1_000).toFixed(1)} s`);
    const compared = options.baseline && scenarios.some((scenario) => scenario.baseline !== undefined);
    const pgbench = compared ? pgbenchVersion() : undefined;
    const baseline = pgbench === undefined ? undefined : await openBaseline(Math.min(MOST_BASELINE_ACCOUNTS, Math.max(2, founded.accounts)));
    if (baseline) undo.push(() => baseline.close());
    else if (compared) say('no baseline: there is no pgbench here');
    const results: Result[] = [];
    for (const scenario of scenarios) {
      const result = await runScenario(bank, scenario, auditor, baseline, options);
      results.push(result);
      for (const line of linesOf(result)) say(line);
    }
    const differences = [...(await auditor.readModels()), ...((await baseline?.audit()) ?? [])];
    const report: Report = {
      at: new Date().toISOString(), machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`, node: process.version, parts: options.real ? 'real Kafka and Redis' : 'embedded parts',
      ...(pgbench !== undefined && { pgbench }), founded, seconds: options.seconds, rounds: options.rounds, results, differences,
      memoryBytesBy: Object.fromEntries(Object.entries(costOf(pidsOf(bank))).map(([name, { memoryBytes }]) => [name, memoryBytes])),
    };
    mkdirSync(options.out, { recursive: true });
    writeFileSync(path.join(options.out, 'report.json'), JSON.stringify(report, null, 2));
    writeFileSync(path.join(options.out, 'report.html'), pageOf(report));
    const all = [...results.flatMap(({ name, audited }) => audited.differences.map((difference) => `${name}: ${difference}`)), ...differences];
    for (const difference of all) say(`DIFFERENCE ${difference}`);
    say(`${all.length === 0 ? 'the auditor found every answer stored once, nothing else, and every read model equal to the log' : `the auditor found ${all.length} differences`}; ${path.join(options.out, 'report.html')}`);
    return all.length;
  } finally {
    await undoAll();
  }
}

async function foundFor(scenarios: readonly Scenario[], dataDir: string, { accounts: asked }: LoadOptions, say: (line: string) => void): Promise<Founded> {
  const accounts = asked ?? Math.max(...scenarios.map((scenario) => scenario.accounts));
  const customers = Math.min(accounts, Math.max(1, Math.ceil(accounts / 1.5), ...scenarios.map((scenario) => scenario.customers ?? 0)));
  const founded = { customers, accounts, transactions: 0 };
  await foundBank(dataDir, founded, say);
  return founded;
}
