import { cpus } from 'node:os';
import type { Histogram } from 'hdr-histogram-js';
import { readProcessList } from '../infra/supervisor/process-list.js';
import type { Baseline, BaselineRound } from './baseline/baseline.js';
import { drive, type DriveOptions } from './generator/drive.js';
import type { LoadBank } from './load-bank.js';
import { costOf } from './process-cost.js';
import type { Scenario } from './scenarios/scenario.js';
import type { Attempt } from './transfer-history.js';

export interface Latency {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface Round {
  /** What the scenario counts (transfers, mostly), a second. */
  readonly perSecond: number;
  readonly latency: Latency;
  readonly latencyBy: Readonly<Record<string, Latency>>;
  /** Answers that were not 2xx. */
  readonly others: Readonly<Record<string, number>>;
  readonly unsent: number;
  /** CPU of each of the bank's processes for one counted thing, from the first ask until nothing waited any more. `load` is the generator's, in no sum. */
  readonly cpuMicrosBy: Readonly<Record<string, number>>;
  readonly cpuMicros: number;
  /** Cores each process kept busy while it was asked; `others`: whatever else ran on this machine. */
  readonly coresBy: Readonly<Record<string, number>>;
  /** From the last answer until relay, read models and evaluations had everything. */
  readonly drainMs: number;
}

export interface MeasureOptions {
  readonly bank: LoadBank;
  readonly scenario: Scenario;
  readonly attempts: Attempt[];
  readonly drained: () => Promise<number>;
}

/** One round: it is over when everything that it wrote can be read. */
export async function measure({ bank, scenario, attempts, drained }: MeasureOptions, options: DriveOptions): Promise<Round> {
  const [before, busyBefore] = [costOf(pidsOf(bank)), busyMs()];
  const { recorder, seconds, unsent } = await drive(bank, scenario, options);
  const [asked, busy] = [costOf(pidsOf(bank)), busyMs() - busyBefore];
  const drainMs = await drained();
  const after = costOf(pidsOf(bank));
  attempts.push(...recorder.attempts);
  const each = scenario.transfersEach ?? 1;
  const counted = Math.max(1, recorder.count(scenario.counted) * each);
  const spent = (until: typeof after, name: string): number => Math.max(0, until[name]!.cpuMs - (before[name]?.cpuMs ?? 0));
  const cpuMicrosBy = Object.fromEntries(Object.keys(after).map((name) => [name, (spent(after, name) * 1_000) / counted]));
  return {
    perSecond: (recorder.count(scenario.counted) * each) / seconds,
    latency: latencyOf(recorder.latency(scenario.counted)),
    latencyBy: Object.fromEntries([...recorder.latencies].map(([kind, histogram]) => [kind, latencyOf(histogram)])),
    others: Object.fromEntries(recorder.others), unsent, cpuMicrosBy,
    cpuMicros: Object.entries(cpuMicrosBy).reduce((sum, [name, micros]) => (name === LOAD ? sum : sum + micros), 0),
    coresBy: coresOf(Object.fromEntries(Object.keys(asked).map((name) => [name, spent(asked, name)])), busy, seconds),
    drainMs,
  };
}

export interface MeasuredBaseline extends BaselineRound {
  /** Cores that its Postgres kept busy (`row locks`), pgbench (`load`), and the bank, which has nothing to do. */
  readonly coresBy: Readonly<Record<string, number>>;
}

/** One round of the baseline; the bank, which is on the same machine, has nothing to do meanwhile. */
export async function measureBaseline(bank: LoadBank, baseline: Baseline, scenario: Scenario, clients: number, seconds: number): Promise<MeasuredBaseline> {
  const pids = { ...pidsOf(bank), 'row locks': baseline.pid };
  const [before, busyBefore] = [costOf(pids), busyMs()];
  const round = await baseline.round(scenario.baseline!, clients, seconds);
  const [after, busy] = [costOf(pids), busyMs() - busyBefore];
  return { ...round, coresBy: coresOf(Object.fromEntries(Object.keys(after).map((name) => [name, after[name]!.cpuMs - (before[name]?.cpuMs ?? 0)])), busy, seconds) };
}

/** Of all cores since the machine started. */
const busyMs = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

function coresOf(spentMs: Readonly<Record<string, number>>, allMs: number, seconds: number): Record<string, number> {
  const known = Object.values(spentMs).reduce((sum, ms) => sum + ms, 0);
  return Object.fromEntries([...Object.entries(spentMs), ['others', Math.max(0, allMs - known)] as const].map(([name, ms]) => [name, ms / seconds / 1_000]));
}

const LOAD = 'load';

/** The bank's processes, and this one: what is left of its own children (pgbench) counts as the load's. */
export function pidsOf({ under }: LoadBank): Record<string, number> {
  return { [LOAD]: process.pid, ...Object.fromEntries(Object.entries(readProcessList(under.dataDir)).map(([name, { pid }]) => [name, pid])) };
}

function latencyOf(histogram: Histogram): Latency {
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1_000;
  return { count: histogram.totalCount, p50Ms: at(50), p90Ms: at(90), p99Ms: at(99), p999Ms: at(99.9), maxMs: histogram.totalCount === 0 ? 0 : histogram.maxValue / 1_000 };
}
