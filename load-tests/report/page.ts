import type { Result } from '../run-scenario.js';
import type { Round } from '../rounds.js';
import { shown, shownSpread, spreadOf } from '../spread.js';
import { barsOf } from './charts.js';
import { medians, ratioOf } from './lines.js';
import type { Report } from './report.js';

const STYLE = `body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } th, td { border-bottom: 1px solid #ddd; padding: .3rem .7rem; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left } .bad { color: #b00 } svg { max-width: 100%; height: auto; margin: 1rem 0 }`;

/** The report as one file of HTML with its drawings inside. */
export function pageOf(report: Report): string {
  const { results } = report;
  const bad = [...results.flatMap(({ name, audited }) => audited.differences.map((difference) => `${name}: ${difference}`)), ...report.differences];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Load report</title><style>${STYLE}</style>
<h1>Load report</h1>
<p>${text(`${report.at}. ${report.machine}, Node ${report.node}, ${report.parts}; load and bank on the same machine. Founded with ${report.founded.customers.toLocaleString('en')} customers, ${report.founded.accounts.toLocaleString('en')} accounts and ${report.founded.transactions.toLocaleString('en')} transactions. ${report.rounds} rounds of ${report.seconds} s each after a warm-up: median (least to most).`)}</p>
<p>${report.pgbench === undefined ? 'The baseline was not run.' : text(`Baseline: the same transfers on plain Postgres with row locks, by ${report.pgbench}, on the same Postgres with the same settings, in turn with ours. It has no HTTP, no events and no read models to feed.`)}</p>
<p class="${bad.length > 0 ? 'bad' : ''}">${bad.length === 0 ? 'The auditor found every answer stored exactly once, nothing else, sums of zero, and every read model equal to the log.' : bad.map(text).join('<br>')}</p>
<h2>Top speed</h2>
${table(['scenario', 'connections', '/s', 'p50 ms', 'p99 ms', 'baseline /s', 'against it', 'CPU µs each'], results.filter(({ closed }) => closed.length > 0).map(topSpeed))}
${drawings(results)}
<h2>At a fixed rate</h2>
<p>An ask's latency begins when the schedule had it due, whether or not a connection was free.</p>
${table(['scenario', 'asks/s', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'most ms', 'unsent'], results.filter(({ open }) => open.length > 0).map(fixedRate))}
<h2>By kind of ask</h2>
${table(['scenario', 'kind', 'loop', 'count', 'p50 ms', 'p99 ms', 'most ms'], results.flatMap(byKind))}
${results.some(({ figures }) => figures.length > 0) ? `<h2>Before the rounds</h2>${table(['scenario', 'what', 'value'], results.flatMap(({ name, figures }) => figures.map(({ what, value, unit }) => [name, what, `${shown(value)} ${unit}`])))}` : ''}
<h2>Memory</h2>
${table(['process', 'MiB (PSS)'], Object.entries(report.memoryBytesBy).map(([name, bytes]) => [name, (bytes / 2 ** 20).toFixed(0)]))}
</html>`;
}

const of = (rounds: readonly Round[], take: (round: Round) => number): string => shownSpread(spreadOf(rounds.map(take)));

function topSpeed(result: Result): string[] {
  const { name, connections, closed, baseline } = result;
  const ratio = ratioOf(result);
  return [
    name, String(connections), of(closed, ({ perSecond }) => perSecond), of(closed, ({ latency }) => latency.p50Ms), of(closed, ({ latency }) => latency.p99Ms),
    baseline.length === 0 ? '' : shownSpread(spreadOf(baseline.map(({ perSecond }) => perSecond))), ratio ? `${shownSpread(ratio)} ×` : '', of(closed, ({ cpuMicros }) => cpuMicros),
  ];
}

const fixedRate = ({ name, rate, open }: Result): string[] => [
  name, rate === undefined ? '' : shown(rate), of(open, ({ latency }) => latency.p50Ms), of(open, ({ latency }) => latency.p90Ms), of(open, ({ latency }) => latency.p99Ms),
  of(open, ({ latency }) => latency.p999Ms), of(open, ({ latency }) => latency.maxMs), String(open.reduce((sum, { unsent }) => sum + unsent, 0)),
];

function byKind({ name, closed, open }: Result): string[][] {
  return ([['closed', closed], ['fixed rate', open]] as const).flatMap(([loop, rounds]) =>
    [...new Set(rounds.flatMap(({ latencyBy }) => Object.keys(latencyBy)))].map((kind) => {
      const having = rounds.flatMap(({ latencyBy }) => latencyBy[kind] ?? []);
      const spread = (take: (latency: (typeof having)[number]) => number): string => shownSpread(spreadOf(having.map(take)));
      return [name, kind, loop, shown(having.reduce((sum, { count }) => sum + count, 0)), spread(({ p50Ms }) => p50Ms), spread(({ p99Ms }) => p99Ms), spread(({ maxMs }) => maxMs)];
    }));
}

function drawings(results: readonly Result[]): string {
  const fast = results.filter(({ closed }) => closed.length > 0);
  if (fast.length === 0) return '';
  const categories = fast.map(({ name }) => name);
  const median = (values: readonly number[]): number | null => (values.length === 0 ? null : spreadOf(values).median);
  const cpu = fast.map(({ closed }) => medians(closed, ({ cpuMicrosBy }) => cpuMicrosBy));
  const processes = [...new Set(cpu.flatMap((one) => Object.keys(one)))].filter((name) => name !== 'supervisor');
  return [
    barsOf({ title: 'Transfers a second, closed loop', unit: 'transfers/s', categories, series: [
      { name: 'bank', values: fast.map(({ closed }) => median(closed.map(({ perSecond }) => perSecond))) },
      { name: 'row locks', values: fast.map(({ baseline }) => median(baseline.map(({ perSecond }) => perSecond))) },
    ] }),
    barsOf({ title: 'p99 in the closed loop', unit: 'ms', categories, logarithmic: true, series: [
      { name: 'bank', values: fast.map(({ closed }) => median(closed.map(({ latency }) => latency.p99Ms))) },
      { name: 'row locks', values: fast.map(({ baseline }) => median(baseline.map(({ p99Ms }) => p99Ms))) },
    ] }),
    barsOf({ title: 'CPU for one, by process', unit: 'µs', categories, stacked: true, series: processes.map((name) => ({ name, values: cpu.map((one) => one[name] ?? null) })) }),
  ].join('\n');
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${heads.map((head) => `<th>${text(head)}</th>`).join('')}</tr>${rows.map((row) => `<tr>${row.map((cell) => `<td>${text(cell)}</td>`).join('')}</tr>`).join('')}</table>`;

const text = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
