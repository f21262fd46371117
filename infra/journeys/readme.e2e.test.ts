import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { readProcessList } from '../supervisor/process-list.js';
import { dataFolder, logTails, program, startBankUnderTest, TEST_TOKEN } from './bank-under-test.js';

/** The README's commands as they stand there, line by line, in one shell, as fast as it runs them; what a person would copy from an answer is copied. */
t.test('the commands of the README', { timeout: 240_000 }, async (t) => {
  const readme = readFileSync('README.md', 'utf8');
  const section = (title: string): string => new RegExp(`\n## ${title}\n[^]*?\`\`\`sh\n([^]*?)\`\`\``).exec(readme)![1]!;
  const dataDir = dataFolder(t);
  const bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  t.on('fail', () => t.comment(logTails(dataDir)));
  const folder = path.join(path.dirname(dataDir), 'shell');
  mkdirSync(folder);
  const run = async (script: string): Promise<{ readonly out: string; readonly err: string }> => {
    writeFileSync(path.join(folder, 'script'), script);
    const child = spawn('bash', ['-e', 'script'], { cwd: folder, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PASSBOOK_DATA_DIR: dataDir } });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    t.equal(await new Promise((resolve) => child.once('close', resolve)), 0, `the shell is content: ${err}`);
    return { out, err };
  };
  const here = (commands: string): string => commands.replaceAll('http://127.0.0.1:8080', bank.url).replaceAll('npm run audit --', `${process.execPath} ${program} audit`)
    .replaceAll('.passbook/', `${dataDir}/`);

  const LAST_ID = `$(tail -n 1 answers | ${process.execPath} -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).id')`;
  const use = here(section('Use it'));
  const opening = /^bank .*\/v1\/accounts -d .*$/m.exec(use)![0];
  const walk = use
    .replace(/^TOKEN=….*$/m, `TOKEN=${TEST_TOKEN}`)
    .replace(/^(bank\(\) \{.*)$/m, '$1\neval "$(declare -f bank | sed \'1s/bank/asked/\')"\nbank() { asked "$@" | tee -a answers; }')
    .replace(/^CUSTOMER=….*$/m, `CUSTOMER=${LAST_ID}`)
    .replace(/^FROM=….*$/m, `FROM=${LAST_ID}\n${opening}`)
    .replace(/^TO=….*$/m, `TO=${LAST_ID}`);
  t.notMatch(walk, '…');
  const { out } = await run(`${walk}\necho "CUSTOMER=$CUSTOMER FROM=$FROM NOW=$NOW" > said`);
  const answers = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  t.equal(answers.length, walk.match(/^bank .*/gm)!.length);
  for (const answer of answers) t.notOk('code' in answer && 'title' in answer, JSON.stringify(answer));
  t.match(answers.at(-2), { name: '张伟', revision: 0 }, 'the customer as of that moment');

  const before = Date.now();
  const { out: now } = await run(`${/^NOW=.*$/m.exec(use)![0]}\necho "$NOW"`);
  t.ok(Date.parse(now.trim()) >= before, `${now.trim()} is not before the command that asked for it, however fast the shell`);

  const audits = here(section('Audit')).trim().split('\n');
  for (const command of audits) {
    const { out: printed, err } = await run(`set -o pipefail; . ./said; ${command.replace(/\| head\b/, '| { head; cat > /dev/null; }')}`);
    t.notMatch(err, /\bat .*:\d+:\d+|Error/, command);
    if (!/ verify /.test(command)) t.ok(printed.length > 10, command);
  }
  const cut = await run(audits.find((command) => command.includes('| head'))!.replace(/\| head\b/, '| head -n 1'));
  t.equal(cut.out.trim().split('\n').length, 1);
  t.equal(cut.err, '', 'a reader that leaves is no failure');

  const seen = await run(here(section('See that it works')));
  t.match(seen.out, /"status":"ready"[^]*bank_projection_lag_events[^]*statusPort/);
  for (const role of ['pipeline', 'evaluation', 'event-store']) t.type(readProcessList(dataDir)[role]!.statusPort, 'number');
});
