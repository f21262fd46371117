import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { checkoutRoot } from './checkout.js';
import { closingLine, describeFile } from './test-run/report.js';
import { longestFirst, needsParts, selectTestFiles } from './test-run/select-files.js';
import { tally } from './test-run/tally.js';
import { startTestParts, type TestParts } from './test-run/test-parts.js';

/**
 * The tests of this checkout, on real servers. Arguments: paths of tests or folders (all without any); what starts with a dash goes to tap.
 * PASSBOOK_TEST_REQUIRE_REAL=1 makes a part that cannot be had an error instead of a skip. Exit code 0 only when all passed.
 */
const say = (text: string): void => { process.stdout.write(`${text}\n`); };
// A reader that leaves early (head, less) must not keep the servers from being stopped.
process.stdout.on('error', () => undefined);
const requireReal = process.env['PASSBOOK_TEST_REQUIRE_REAL'] === '1';
const given = process.argv.slice(2);

const tap = path.join(checkoutRoot, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs');

/** tap compiles its own Test class from the plugins that .taprc names, with absolute paths: a fresh or moved checkout fails without. */
const buildTap = (): void => {
  const stamp = path.join(checkoutRoot, 'node_modules', '.passbook-tap');
  const wanted = createHash('sha256').update(readFileSync(path.join(checkoutRoot, '.taprc'))).update(readFileSync(tap)).update(checkoutRoot).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const result = spawnSync(process.execPath, [tap, 'build'], { cwd: checkoutRoot, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`tap build failed: ${result.stdout}${result.stderr}`);
  writeFileSync(stamp, wanted);
};

const run = async (files: readonly string[], parts: TestParts | undefined): Promise<number> => {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const child = spawn(process.execPath, [tap, 'run', '--reporter=tap', '--jobs=2', '--timeout=600', ...given.filter((arg) => arg.startsWith('-')), ...files], {
    cwd: checkoutRoot, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...parts?.environment },
  });
  interrupt = (signal) => child.kill(signal);
  const results = tally((outcome) => {
    totals.passed += outcome.passed;
    totals.failed += outcome.failures.length;
    totals.skipped += outcome.skipped.length;
    say(describeFile({ ...outcome, file: outcome.file.replace(/^dist\//, '').replace(/\.js$/, '') }));
  });
  child.stdout.pipe(results);
  const [code] = await Promise.all([
    new Promise<number>((resolve, reject) => { child.once('error', reject).once('close', (status) => resolve(status ?? 1)); }),
    new Promise((resolve) => { results.once('complete', resolve); }),
  ]);
  if (code !== 0 && totals.failed === 0) {
    say(`tap ended with ${code} although no assertion failed`);
    totals.failed++;
  }
  for (const part of parts?.missing ?? []) say(`\nNOT RUN ON ${part}`);
  say(`\n${closingLine(totals)}`);
  return totals.failed === 0 ? 0 : 1;
};

/** Ctrl-C ends the tests, and then still the servers: they are in process groups of their own. */
let interrupted = false;
let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
    interrupt(signal);
  });
}

const main = async (): Promise<number> => {
  const files = longestFirst(checkoutRoot, selectTestFiles(checkoutRoot, given.filter((arg) => !arg.startsWith('-'))));
  buildTap();
  if (!needsParts(files)) return run(files, undefined);
  say('starting the servers the tests need …');
  const parts = await startTestParts(path.join(checkoutRoot, '.tools', 'test-parts'), pino({ level: 'warn' }));
  try {
    for (const part of parts.missing) say(`${requireReal ? 'MISSING' : 'tests will be skipped for want of'} ${part}`);
    if (requireReal && parts.missing.length > 0) {
      say(`\n${closingLine({ passed: 0, failed: parts.missing.length, skipped: 0 })}`);
      return 1;
    }
    return interrupted ? 130 : await run(files, parts);
  } finally {
    await parts.stop();
  }
};

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  return 1;
});
