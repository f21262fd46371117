import type { Result } from '../run-scenario.js';
import { shown, shownSpread, spreadOf, type Spread } from '../spread.js';
import type { Round } from '../rounds.js';

/** Ours divided by the baseline's of the same turn; undefined where there is none. */
export function ratioOf({ closed, baseline }: Result): Spread | undefined {
  const pairs = closed.slice(0, baseline.length);
  return pairs.length === 0 ? undefined : spreadOf(pairs.map(({ perSecond }, turn) => perSecond / baseline[turn]!.perSecond));
}

/** Medians over the rounds, of each process. */
export const medians = <R>(rounds: readonly R[], of: (round: R) => Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.keys(rounds.length > 0 ? of(rounds[0]!) : {}).map((name) => [name, spreadOf(rounds.map((round) => of(round)[name] ?? 0)).median]));

const coresIn = (rounds: readonly Pick<Round, 'coresBy'>[]): string =>
  Object.entries(medians(rounds, ({ coresBy }) => coresBy)).filter(([, cores]) => cores >= 0.01).map(([name, cores]) => `${name} ${cores.toFixed(2)}`).join(', ');

/** A scenario's figures for the terminal. */
export function linesOf(result: Result): string[] {
  const { name, connections, closed, open, rate, baseline, audited, figures } = result;
  const of = (rounds: readonly Round[], take: (round: Round) => number): string => shownSpread(spreadOf(rounds.map(take)));
  const speed = (rounds: readonly Round[]): string =>
    `${of(rounds, ({ perSecond }) => perSecond)} /s, p50 ${of(rounds, ({ latency }) => latency.p50Ms)} ms, p99 ${of(rounds, ({ latency }) => latency.p99Ms)} ms, drained ${of(rounds, ({ drainMs }) => drainMs)} ms`;
  const ratio = ratioOf(result);
  const all = [...closed, ...open];
  const others = all.flatMap((round) => Object.entries(round.others)).reduce((sum, [what, count]) => sum.set(what, (sum.get(what) ?? 0) + count), new Map<string, number>());
  return [
    `${name}, ${connections} connections`,
    ...figures.map(({ what, value, unit }) => `  ${what}: ${shown(value)} ${unit}`),
    ...(closed.length > 0 ? [`  closed loop   ${speed(closed)}`] : []),
    ...(baseline.length > 0 ? [`  baseline      ${shownSpread(spreadOf(baseline.map(({ perSecond }) => perSecond)))} /s, p50 ${shownSpread(spreadOf(baseline.map(({ p50Ms }) => p50Ms)))} ms, p99 ${shownSpread(spreadOf(baseline.map(({ p99Ms }) => p99Ms)))} ms`] : []),
    ...(ratio ? [`  against it    ${shownSpread(ratio)} times`] : []),
    ...(rate !== undefined && open.length > 0 ? [`  at ${shown(rate)} asks/s  ${speed(open)}${open.some(({ unsent }) => unsent > 0) ? `; ${open.reduce((sum, { unsent }) => sum + unsent, 0)} could not be sent` : ''}`] : []),
    ...[...new Set(all.flatMap(({ latencyBy }) => Object.keys(latencyBy)))].filter((kind) => !(all.length > 0 && Object.keys(all[0]!.latencyBy).length === 1 && kind in all[0]!.latencyBy))
      .map((kind) => `  ${kind.padEnd(26)} p50 ${of(all.filter(({ latencyBy }) => kind in latencyBy), ({ latencyBy }) => latencyBy[kind]!.p50Ms)} ms, p99 ${of(all.filter(({ latencyBy }) => kind in latencyBy), ({ latencyBy }) => latencyBy[kind]!.p99Ms)} ms`),
    `  CPU µs each   ${Object.entries(medians(closed.length > 0 ? closed : open, ({ cpuMicrosBy }) => cpuMicrosBy)).map(([process, micros]) => `${process} ${micros.toFixed(0)}`).join(', ')}; the bank's together ${of(closed.length > 0 ? closed : open, ({ cpuMicros }) => cpuMicros)}`,
    `  cores busy    ${coresIn(closed.length > 0 ? closed : open)}`,
    ...(baseline.length > 0 ? [`  of baseline   ${coresIn(baseline)}`] : []),
    ...[...others].map(([what, count]) => `  not 2xx       ${what}, ${count} times`),
    `  audited       ${audited.answered} answers, ${audited.logged} movements and holds in the log, ${audited.differences.length} differences`,
  ];
}
