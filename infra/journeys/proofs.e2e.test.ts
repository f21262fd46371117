import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { createPool } from '../../shared/read-store/pool.js';
import { eventually } from '../../shared/testing/eventually.js';
import type { Created } from '../demonstration/http-client.js';
import { readConnections } from '../supervisor/connections.js';
import { dataFolder, logTails, runTool, startBankUnderTest } from './bank-under-test.js';

/** The commands of docs/guides/proofs.md in their order, each as its words. */
const commandsOfGuide = (): string[][] =>
  readFileSync('docs/guides/proofs.md', 'utf8').split('\n').flatMap((line) => {
    const command = /^npm run -s audit -- (.+)$/.exec(line)?.[1];
    return command === undefined ? [] : [command.split(' ')];
  });

/** The guide for outside auditors, walked on a bank whose pipeline was killed and which stopped twice: two heads at least. */
t.test('every command of the guide to proofs does what it says', { timeout: 300_000 }, async (t) => {
  const dataDir = dataFolder(t);
  t.on('fail', () => t.comment(logTails(dataDir)));
  const heads = path.join(dataDir, 'heads/000000000');
  let customerId: string | undefined;
  for (const killed of [true, false]) {
    const bank = await startBankUnderTest({ dataDir });
    t.teardown(() => bank.stop());
    customerId ??= (await bank.client.post<Created>('/v1/customers', {
      kind: 'individual', name: '张伟', sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'CN-RIC', number: '34052419800101001X' }, phones: ['+8613800138000'],
    })).id;
    const openAccount = () => bank.client.post<Created>('/v1/accounts', { customerId, product: 'demand-savings', currency: 'CNY' });
    await openAccount();
    if (killed) {
      await eventually(() => bank.kill('pipeline'));
      const { position } = await openAccount();
      await eventually(() => isInTree(dataDir, position), { deadlineMs: 60_000 });
    }
    t.equal(await bank.stop(), 0);
  }
  const variables: Record<string, string> = { RECORD: 'ledger-0@0' };
  const work = t.testdir();
  const listed = (await runTool({ dataDir }, 'audit', 'heads')).out.trim().split('\n').map((line) => line.split('  '));
  t.ok(listed.length >= 2, 'a head for each stop', { listed });
  [variables['OLDER'], variables['NEWER']] = [listed[0]![1]!, listed.at(-1)![1]!];
  cpSync(path.join(heads, `${listed[0]![0]!.padStart(12, '0')}.checkpoint`), path.join(work, 'older.checkpoint'));
  cpSync(path.join(heads, `${listed.at(-1)![0]!.padStart(12, '0')}.checkpoint`), path.join(work, 'newer.checkpoint'));
  cpSync(path.dirname(heads), path.join(work, 'kept-heads'), { recursive: true });

  const commands = commandsOfGuide();
  t.ok(commands.length >= 8);
  for (const command of commands) {
    const words = command.map((word) => (word.startsWith('$') ? variables[word.slice(1)]! : /\.(json|checkpoint)$|^kept-heads$/.test(word) ? path.join(work, word) : word));
    const { code, out, err } = await runTool({ dataDir }, 'audit', ...words);
    t.equal(code, 0, `${command.join(' ')}: ${err}`);
    if (command[0] === 'notary-key') variables['KEY'] = out.trim();
    if (command[0] === 'check-proof') t.match(out, /^proved: /);
    if (command[0] === 'verify') t.match(err, new RegExp(`clean: .* ${listed.length} signed heads`));
  }
  const forged = await runTool({ dataDir }, 'audit', 'check-proof', path.join(work, 'consistency.json'), '--key', 'other.example+00000000+AAAA');
  t.equal(forged.code, 2, 'a key that is none');
  t.match(await runTool({ dataDir }, 'audit', 'prove', 'inclusion', 'ledger-0@999999'), { code: 4 });
});

async function isInTree(dataDir: string, position: string): Promise<boolean> {
  const pool = createPool(readConnections(dataDir)!['PASSBOOK_POSTGRES_URL']!.replace(/\/postgres$/, '/ops'), { applicationName: 'proofs', max: 1 });
  try {
    return (await pool.query('SELECT 1 FROM notary.progress WHERE commit_position >= $1', [position])).rowCount === 1;
  } finally {
    await pool.end();
  }
}
