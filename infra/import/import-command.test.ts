import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FakeBank } from './fake-bank.js';

const SOURCES = new URL('../../../infra/import/', import.meta.url).pathname;
const MAPPING = join(SOURCES, 'mappings/berka.json');
const RUN = `import { importCommand } from ${JSON.stringify(new URL('import-command.js', import.meta.url).href)};
await importCommand().parseAsync(['node', 'import', ...process.argv.slice(1)]);`;
const SOUND_LINES = 33;

async function setUp(test: Test): Promise<{ bank: FakeBank; url: string; dir: string; data: string }> {
  const bank = new FakeBank();
  const dir = await mkdtemp(join(tmpdir(), 'import-'));
  const data = join(dir, 'data');
  await cp(join(SOURCES, 'fixtures/small-berka'), data, { recursive: true });
  test.teardown(async () => {
    await bank.close();
    await rm(dir, { recursive: true });
  });
  return { bank, url: await bank.listen(), dir, data };
}

function start(dir: string, ...args: string[]) {
  // Without the environment: a developer's PASSBOOK_BOOTSTRAP_TOKEN would hide a missing one.
  return spawn(process.execPath, ['--input-type=module', '-e', RUN, '--', ...args], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], env: {} });
}

async function run(dir: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(dir, ...args);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => { said.stdout += String(chunk); });
  child.stderr.on('data', (chunk) => { said.stderr += String(chunk); });
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
}

async function withoutBadLines(data: string): Promise<void> {
  const keep = async (file: string, bad: RegExp) => {
    const lines = (await readFile(join(data, file), 'latin1')).split('\n').filter((line) => !bad.test(line));
    await writeFile(join(data, file), lines.join('\n'), 'latin1');
  };
  await keep('client.asc', /^6;/);
  await keep('account.asc', /^5;/);
  await keep('disp.asc', /^[6-9];/);
  await keep('trans.asc', /^200\d;|^1021;1;930210/);
}

t.test('0: everything is in', async (t) => {
  const { url, dir, data } = await setUp(t);
  await withoutBadLines(data);
  const { code, stdout } = await run(dir, '--mapping', MAPPING, '--url', url, '--token', 'right', data);
  t.equal(code, 0);
  t.match(stdout, 'every line is in');
});

t.test('1: some lines were refused; nothing but the summary is on standard output', async (t) => {
  const { url, dir, data } = await setUp(t);
  const { code, stdout, stderr } = await run(dir, '--mapping', MAPPING, '--url', url, '--token', 'right', data);
  t.equal(code, 1);
  t.match(stdout, /^berka: 13 lines were refused/);
  t.match(stderr, /movements .* 100 % read/);
});

t.test('2: usage, mapping, folder or token', async (t) => {
  const { url, dir, data } = await setUp(t);
  const bank = ['--url', url, '--token', 'right'];
  t.match(await run(dir, ...bank, data), { code: 2, stderr: '--mapping' });
  t.match(await run(dir, '--mapping', MAPPING, ...bank, '--concurrency', '0', data), { code: 2, stderr: 'whole number' });
  t.match(await run(dir, '--mapping', MAPPING, '--url', 'localhost', '--token', 'right', data), { code: 2, stderr: 'http://' });
  await writeFile(join(dir, 'bad.json'), '{"name":"x","files":{},"accounts":{"file":"y"}}');
  t.match(await run(dir, '--mapping', join(dir, 'bad.json'), ...bank, data), { code: 2, stderr: 'accounts.owner' });
  t.match(await run(dir, '--mapping', MAPPING, ...bank, join(dir, 'nowhere')), { code: 2, stderr: 'is not a folder' });
  t.match(await run(dir, '--mapping', MAPPING, '--url', url, data), { code: 2, stderr: 'PASSBOOK_BOOTSTRAP_TOKEN' });
  t.match(await run(dir, '--mapping', MAPPING, '--url', url, '--token', 'wrong', data), { code: 2, stderr: 'is the token right' });
});

t.test('3: no bank', async (t) => {
  const { bank, url, dir, data } = await setUp(t);
  await bank.close();
  t.match(await run(dir, '--mapping', MAPPING, '--url', url, '--token', 'right', '--patience', '1', data), { code: 3, stderr: 'ECONNREFUSED' });
});

t.test('killed at any moment, it goes on without doubling', async (t) => {
  const { bank, url, dir, data } = await setUp(t);
  const args = ['--mapping', MAPPING, '--url', url, '--token', 'right', data];
  for (const moment of [3, 12, 20]) {
    const child = start(dir, ...args);
    const exited = once(child, 'close');
    // The answer to this command is never read.
    const from = bank.commands;
    bank.fault = (number) => {
      if (number === from + moment) child.kill('SIGKILL');
      return undefined;
    };
    const [, signal] = (await exited) as [number, string];
    t.equal(signal, 'SIGKILL');
  }
  bank.fault = () => undefined;
  t.equal((await run(dir, ...args)).code, 1);
  t.equal(bank.posted.length, SOUND_LINES);
  t.equal(bank.customers.size, 5);
  t.equal(bank.accounts.size, 4);
});
