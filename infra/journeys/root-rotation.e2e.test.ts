import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { randomMoment } from '../../shared/testing/random-moment.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, program, runTool, send, startBankUnderTest, TEST_TOKEN, type BankUnderTest } from './bank-under-test.js';

const WORKERS = 3;
const ROTATIONS = 2;
const KILLS = 1;
/** A work load, not a benchmark: the tools that rotate run on the same machine. */
const THINK_MS = 50;

interface Work {
  readonly statuses: Map<number, number>;
  readonly customers: Created[];
  readonly refusals: string[];
  stop(): Promise<void>;
}

/** Customers are registered (each needs a new key), money moves with a sealed memo, customers are read; nothing is tried again. */
function working(bank: BankUnderTest, accounts: readonly string[]): Work {
  const ending = new AbortController();
  const statuses = new Map<number, number>();
  const customers: Created[] = [];
  const refusals: string[] = [];
  const counted = async (answer: Promise<Response>): Promise<Response> => {
    const response = await answer;
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    return response;
  };
  const work = async (worker: number): Promise<void> => {
    for (let round = 0; !ending.signal.aborted; round++) {
      await letTimePass(THINK_MS, 'the next customer comes to the counter');
      const registered = await counted(send(bank, 'POST', '/v1/customers', {
        kind: 'individual', name: `Person ${randomBytes(8).toString('hex')}`, sex: 'female', birthDate: `19${50 + (round % 50)}-0${1 + worker}-1${round % 10}`,
        phones: [`+49151${String(10_000_000 + worker * 1_000_000 + round)}`], idDocument: { type: 'FOREIGN-PASSPORT', number: `P${worker}X${String(round).padStart(5, '0')}`, country: 'DE' },
      }, {}));
      const customer = (await registered.json()) as Created;
      if (registered.ok) customers.push(customer);
      else refusals.push(JSON.stringify(customer));
      const [from, to] = [accounts[worker % accounts.length]!, accounts[(worker + 1) % accounts.length]!];
      await (await counted(send(bank, 'POST', '/v1/transfers', { from, to, money: { amount: '1.00', currency: 'CNY' }, memo: `memo ${worker} ${round}` }, { 'idempotency-key': `${worker}-${round}` }))).arrayBuffer();
      if (registered.ok) await (await counted(fetch(`${bank.url}/v1/customers/${customer.id}?after=${customer.position}`, { headers: { authorization: `Bearer ${TEST_TOKEN}` } }))).arrayBuffer();
    }
  };
  const all = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  return {
    statuses, customers, refusals,
    async stop() {
      ending.abort();
      await all;
    },
  };
}

t.test('the root key is replaced while the bank works: no command fails, old copies open nothing', { timeout: 300_000 }, async (t) => {
  const dataDir = dataFolder(t);
  t.on('fail', () => t.comment(logTails(dataDir)));
  let bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  const rootFile = path.join(dataDir, 'vault', 'root.key');
  const root = () => JSON.parse(readFileSync(rootFile, 'utf8')) as { generation: number; key: string };
  const first = readFileSync(rootFile, 'utf8');
  t.equal(root().generation, 1);

  const owner = await bank.client.post<Created>('/v1/customers', {
    kind: 'individual', name: '王芳', sex: 'female', birthDate: '1988-02-14', idDocument: { type: 'CN-RIC', number: '110105198802140021' }, phones: ['+8613811110001'],
  });
  const accounts: string[] = [];
  for (let index = 0; index < 3; index++) {
    const account = await bank.client.post<Created>('/v1/accounts', { customerId: owner.id, product: 'demand-savings', currency: 'CNY' });
    await bank.client.post(`/v1/accounts/${account.id}/deposits`, { money: { amount: '100000.00', currency: 'CNY' }, channel: 'counter' }, `opening-${index}`);
    accounts.push(account.id);
  }

  const load = working(bank, accounts);
  const keys = new Set([root().key]);
  for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
    const { code, out, err } = await runTool(bank, 'audit', 'rotate-root-key');
    t.equal(code, 0, err);
    t.match(out, `root key of generation ${rotation + 1} in place of ${rotation} `);
    keys.add(root().key);
  }
  t.equal(keys.size, ROTATIONS + 1, 'each is another');
  for (let kill = 0; kill < KILLS; kill++) {
    const tool = spawn(process.execPath, [program, 'audit', 'rotate-root-key'], { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PASSBOOK_DATA_DIR: dataDir } });
    const ended = once(tool, 'exit');
    t.comment(`killed after ${await randomMoment(2_000)} ms`);
    tool.kill('SIGKILL');
    await ended;
  }
  t.equal((await runTool(bank, 'audit', 'rotate-root-key')).code, 0, 'after every kill it can be done again');
  await load.stop();
  const good = [200, 201].reduce((sum, status) => sum + (load.statuses.get(status) ?? 0), 0);
  t.comment([...load.statuses].map(([status, count]) => `${status}: ${count}`).join(', '));
  t.same([[...load.statuses.keys()].filter((status) => status >= 400), load.refusals.slice(0, 3)], [[], []], 'nothing was refused, nothing failed');
  t.ok(good > 30, 'control: there was work');

  const last = load.customers.at(-1)!;
  t.match(await bank.client.get(`/v1/customers/${last.id}?after=${last.position}`), { name: /^Person / });
  t.match(await runTool(bank, 'audit', 'verify'), { code: 0 });
  t.equal(await bank.stop(), 0);

  const now = readFileSync(rootFile, 'utf8');
  writeFileSync(rootFile, first, { mode: 0o600 });
  const refused = await runTool(bank, 'audit', 'history', '--customer', owner.id);
  t.match(refused, { code: 3, err: /the root key .* is of generation 1, the database is wrapped under generation \d+: one of the two comes from an older copy/ }, 'the old root opens nothing');
  t.notMatch(refused.out, '王芳');
  writeFileSync(rootFile, now, { mode: 0o600 });
  bank = await startBankUnderTest({ dataDir });
  t.match(await bank.client.get(`/v1/customers/${owner.id}`), { name: '王芳' }, 'control: started anew with the root in force');
});
