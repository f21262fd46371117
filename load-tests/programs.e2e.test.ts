import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { freshDatabase, skipUnless } from '../shared/testing/parts.js';
import type { Report } from './report/report.js';

/** Every program of this folder that a document names, as short as can be: that it runs and says what it should. No speed is judged. */
const run = (program: string, words: readonly string[], env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [path.resolve('dist/load-tests', program), ...words], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C', ...env }, timeout: 280_000, killSignal: 'SIGTERM',
  });

/** Of each kind one: what the others ask is tested without a bank. */
const RUN = ['repeated-keys', 'batches', 'alerts', 'segments'];

t.test('npm run load: scenarios on one bank, audited', { timeout: 300_000 }, async (t) => {
  const out = path.join(t.testdir(), 'report');
  const { stdout } = await run('load.js', [...RUN, '--accounts', '40', '--connections', '4', '--seconds', '1', '--rounds', '1', '--no-baseline', '--out', out]);
  t.match(stdout, /the auditor found every answer stored once, nothing else, and every read model equal to the log/);
  const report = JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8')) as Report;
  t.same(report.results.map(({ name }) => name), RUN);
  t.same(report.differences, []);
  for (const { name, audited, closed, open } of report.results) {
    t.same(audited.differences, [], name);
    for (const round of [...closed, ...open]) {
      t.ok(round.perSecond > 0 && round.latency.p99Ms >= round.latency.p50Ms && round.cpuMicros > 0, name);
      t.same(round.others, {}, `${name}: every answer is a good one`);
    }
    t.equal(audited.logged > 0, audited.answered > 0, name);
  }
  t.match(report.results.find(({ name }) => name === 'segments')!.figures, [{ what: /^20 segments published/ }, { what: /^all segments anew/ }, { unit: 'events/s' }]);
  t.match(readFileSync(path.join(out, 'report.html'), 'utf8'), /<svg[\s\S]+Transfers a second/);
});

t.test('npm run load with a name that no scenario has', async (t) => {
  await t.rejects(run('load.js', ['unifrom']), { code: 2, stderr: /^there is no scenario unifrom; there are uniform, one-at-a-time, .*, and all\n$/ });
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
