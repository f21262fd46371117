import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import { dataFolder, program, runTool } from '../journeys/bank-under-test.js';
import { isStillRunning } from '../processes/process-identity.js';
import { readProcessList } from './process-list.js';
import { reachable, whyUnready } from './readiness.js';

t.test('what keeps a bank from starting is said in lines, not in a stack', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-start-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  for (const [what, dataDir, variables, code, err] of [
    ['a bad variable', folder, { PASSBOOK_HTTP_PORT: 'many', PASSBOOK_HTP_HOST: 'x' }, 2,
      '\nthe configuration is not valid:\n  PASSBOOK_HTTP_PORT must be a whole number from 0 to 65535\n  PASSBOOK_HTP_HOST is not a variable of Passbook; did you mean PASSBOOK_HTTP_HOST?\n'],
    ['a file as data folder', file, {}, 1, `\n${file} cannot be the data folder: a file is in the way. PASSBOOK_DATA_DIR names another\n`],
    ['a file on the way to it', path.join(file, 'bank'), {}, 1, `\n${path.join(file, 'bank')} cannot be the data folder: a file is in the way. PASSBOOK_DATA_DIR names another\n`],
  ] as const) {
    const { code: given, err: said } = await runTool({ dataDir }, variables, 'all', '--no-demo');
    t.same({ code: given, err: said }, { code, err }, what);
  }
  t.match(await runTool({ dataDir: folder }, { PASSBOOK_HTTP_PORT: 'many' }, 'role', 'api'), { code: 2, err: /^\nthe configuration is not valid:\n {2}PASSBOOK_HTTP_PORT must be [^\n]*\n$/ });
});

t.test('a start waits until the bank is ready, and names what is not', async (t) => {
  const states = [{ relay: 'away', log: 'ok' }, { relay: 'away', log: 'ok' }, { relay: 'ok', log: 'ok' }];
  let asked = 0;
  const server = createServer((_request, response) => {
    const parts = states[Math.min(asked++, 2)]!;
    response.writeHead(parts.relay === 'ok' ? 200 : 503).end(JSON.stringify({ status: '', parts }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => server.close());
  const url = `http://${reachable('0.0.0.0')}:${(server.address() as { port: number }).port}`;
  t.equal(await whyUnready(url, 0), 'relay: away');
  t.equal(await whyUnready(url, 10_000), undefined);
  t.equal(asked, 3);
  server.close();
  server.closeAllConnections();
  t.match(await whyUnready(url, 0), /^the API does not answer: /);
});

t.test('a bank whose terminal is gone stops like any other', async (t) => {
  const dataDir = dataFolder(t);
  const child = spawn(process.execPath, [program, 'all', '--no-demo'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C', PASSBOOK_DATA_DIR: dataDir, PASSBOOK_HTTP_PORT: '0' }, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await eventually(() => said.includes('Ctrl-C stops it'), { deadlineMs: 120_000 });
  const processes = Object.values(readProcessList(dataDir));
  t.ok(processes.length > 3 && processes.every((one) => isStillRunning(one)), 'control: all of it runs');
  child.stdout.destroy();
  child.stderr.destroy();
  child.kill('SIGHUP');
  t.equal(await new Promise((resolve) => child.once('exit', resolve)), 0);
  t.same(processes.filter((one) => isStillRunning(one)), []);
});

t.test('a bank whose test was killed stops too', async (t) => {
  const dataDir = dataFolder(t);
  const starts = `import { startBankUnderTest } from './dist/infra/journeys/bank-under-test.js'; await startBankUnderTest({ dataDir: ${JSON.stringify(dataDir)} }); process.stdout.write('open');`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', starts], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => starter.stdout.once('data', resolve));
  const processes = Object.values(readProcessList(dataDir));
  t.ok(processes.length > 3 && processes.every((one) => isStillRunning(one)), 'control: all of it runs');
  starter.kill('SIGKILL');
  await eventually(() => processes.every((one) => !isStillRunning(one)), { deadlineMs: 60_000 });
});
