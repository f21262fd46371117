import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { freshDatabase, skipUnless } from '../shared/testing/parts.js';

/** Every program of this folder that a document names, as short as can be: that it runs and says what it should. No speed is judged. */
const run = (program: string, words: readonly string[], env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [path.resolve('dist/load-tests', program), ...words], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C', ...env }, timeout: 100_000, killSignal: 'SIGTERM',
  });

t.test('npm run bench measures the whole bank and leaves its books balanced', { timeout: 120_000 }, async (t) => {
  const json = path.join(t.testdir(), 'report.json');
  const { stdout } = await run('bench.js', ['--seconds', '1', '--rounds', '1', '--accounts', '4', '--connections', '2', '--json', json]);
  t.match(stdout, /trial balance difference afterwards: .*0\.00 CNY/);
  const { cases, memory, trialBalance } = JSON.parse(readFileSync(json, 'utf8')) as { cases: { rounds: Record<string, unknown>[] }[]; memory: object; trialBalance: unknown };
  t.match(cases, [{ case: 'uniform', connections: 2 }, { case: 'one hot pair', connections: 2 }]);
  for (const { rounds } of cases) {
    t.equal(rounds.length, 1);
    for (const figure of ['perSecond', 'p50Ms', 'p99Ms', 'visibleP50Ms', 'visibleP99Ms', 'cpuMicros']) t.ok((rounds[0]![figure] as number) > 0, figure);
    t.equal(rounds[0]!['refused'], 0);
    t.match(rounds[0]!['cpuMicrosBy'], { api: Number, 'event-store': Number, pipeline: Number, postgres: Number });
  }
  t.match(memory, { api: { memoryBytes: Number }, postgres: { memoryBytes: Number } });
  t.same(trialBalance, [{ currency: 'CNY', difference: '0.00' }]);
});

t.test('the ledger alone', { timeout: 120_000 }, async (t) => {
  const { stdout } = await run('ledger-core-bench.js', ['sink', '50'], { BENCH_SECONDS: '0.1' });
  t.match(stdout, /groups in flight: 1; 50 accounts/);
  t.equal(stdout.match(/^.+ \/s +p50 .+ ms +p99 .+ ms/gm)?.length, 6, stdout);
});

t.test('the event store alone', { timeout: 120_000, ...skipUnless('postgres') }, async (t) => {
  const { stdout } = await run('event-store-bench.js', ['--embedded', await freshDatabase(t, 'bench_log'), '0.1']);
  t.equal(stdout.match(/^.+ ev\/s .+ appends\/s +p50 .+ ms +p99 .+ ms/gm)?.length, 12, stdout);
  t.match(stdout, /^catch-up subscription .* ev\/s/m);
  t.match(stdout, /^append to live subscriber +p50 .+ ms/m);
});

t.test('what rights and the access log cost', { timeout: 120_000 }, async (t) => {
  const { stdout } = await run('access-cost-bench.js', ['50', '2']);
  for (const name of ['neither', 'rights', 'rights and log']) t.match(stdout, new RegExp(`^${name} +CPU [\\d.]+ .* p50 [\\d.]+ .* p99 [\\d.]+ `, 'm'));
  t.match(stdout, /^log against rights alone: CPU [\d.]+ \([\d.]+ to [\d.]+\) times, p50 [\d.]+ /m);
});

t.test('from the answered command to the alert that is seen', { timeout: 120_000 }, async (t) => {
  const { stdout } = await run('alert-bench.js', ['--rate', '20', '--probes', '2', '--rounds', '1', '--customers', '4']);
  t.match(stdout, /^round 1: \d+ transfers\/s; answered → alert visible p50 \d+ ms, p99 \d+ ms, most \d+ ms over 2 alerts; CPU µs a transfer: .*pipeline \d+/m);
});
