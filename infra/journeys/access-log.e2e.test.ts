import { randomUUID } from 'node:crypto';
import t from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import { letTimePass } from '../../shared/testing/let-time-pass.js';
import type { Created } from '../demonstration/http-client.js';
import { readProcessList } from '../supervisor/process-list.js';
import { dataFolder, logTails, runTool, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';

const READERS = 4;
const BETWEEN_MS = 10;
const PATIENCE_MS = 3_000;

const person = {
  kind: 'individual', name: '欧阳建国', sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'CN-RIC', number: '34052419800101001X' }, phones: ['+8613800138000'],
};

/** Reads until told to stop; adds the request ids of what was answered 200. */
async function readAlong({ url, token }: Pick<BankUnderTest, 'url' | 'token'>, paths: readonly string[], signal: AbortSignal, answered: Set<string>): Promise<void> {
  const reader = async (): Promise<void> => {
    for (let n = 0; !signal.aborted; n++) {
      const requestId = randomUUID();
      try {
        const answer = await fetch(`${url}${paths[n % paths.length]}`, { headers: { authorization: `Bearer ${token}`, 'x-correlation-id': requestId }, signal: AbortSignal.timeout(PATIENCE_MS) });
        await answer.text();
        if (answer.status === 200) answered.add(requestId);
      } catch {
        // Killed just now, or away.
      }
      await letTimePass(BETWEEN_MS, 'people do not read without pause');
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
}

t.test('every read that was answered is in the log exactly once, whoever is killed or away meanwhile', { timeout: 300_000 }, async (t) => {
  const bank = await startBankUnderTest({ dataDir: dataFolder(t) });
  t.teardown(() => bank.stop());
  t.on('fail', () => t.comment(logTails(bank.dataDir)));
  const customer = (await bank.client.post<Created>('/v1/customers', person)).id;
  const account = await bank.client.post<Created>('/v1/accounts', { customerId: customer, product: 'demand-savings', currency: 'CNY' });
  await bank.client.get(`/v1/accounts/${account.id}?after=${account.position}`);
  const paths = [`/v1/customers/${customer}`, `/v1/accounts/${account.id}`, `/v1/customers/${customer}/history`, '/v1/customers?name=%E6%AC%A7%E9%98%B3'];
  const serves = () => eventually(async () => (await fetch(`${bank.url}/health/ready`)).status === 200, { deadlineMs: 60_000, everyMs: 200 });

  const ending = new AbortController();
  const answered = new Set<string>();
  const goOn = (reads: number) => {
    const before = answered.size;
    return eventually(() => answered.size > before + reads, { deadlineMs: 60_000 });
  };
  const reading = readAlong(bank, paths, ending.signal, answered);
  for (const victim of ['api', 'event-store']) {
    await goOn(50);
    t.ok(bank.kill(victim), `${victim} is killed`);
    await serves();
  }
  const { pid } = readProcessList(bank.dataDir)['event-store']!;
  process.kill(pid, 'SIGSTOP');
  const whileAway = new Set<string>();
  const enough = new AbortController();
  const readingOn = readAlong(bank, paths.slice(0, 2), enough.signal, whileAway);
  try {
    await eventually(() => whileAway.size > 10, { deadlineMs: 9_000 });
  } finally {
    process.kill(pid, 'SIGCONT');
    enough.abort();
    await readingOn;
  }
  await serves();
  ending.abort();
  await reading;
  for (const id of whileAway) answered.add(id);

  const recorded = await eventually(async () => {
    const { code, out, err } = await runTool(bank, 'audit', 'reads', '--customer', customer, '--json');
    if (code !== 0) throw new Error(err);
    const all = out.trim().split('\n').map((line) => JSON.parse(line) as { requestId: string; route: string; status: number });
    const ids = new Set(all.map(({ requestId }) => requestId));
    return [...answered].every((id) => ids.has(id)) && all;
  }, { deadlineMs: 30_000, everyMs: 1_000 });
  t.ok(answered.size > 100, `${answered.size} reads were answered, ${recorded.length} are recorded`);
  const times = new Map<string, number>();
  for (const { requestId } of recorded) times.set(requestId, (times.get(requestId) ?? 0) + 1);
  t.same([...times].filter(([, count]) => count !== 1), []);

  for (const route of ['GET /v1/customers/:id', 'GET /v1/accounts/:id', 'GET /v1/customers/:id/history', 'GET /v1/customers']) t.ok(recorded.some((one) => one.route === route), route);
  const page = await bank.client.get<{ items: { route: string; customers: string[] }[] }>(`/v1/customers/${customer}/accesses?limit=200`);
  t.equal(page.items.length, 200);
  t.ok(page.items.every(({ customers }) => customers.length === 1 && customers[0] === customer));
  const verify = await runTool(bank, 'audit', 'verify');
  t.equal(verify.code, 0, `the log, its signed tree and the read model of it agree: ${verify.out}${verify.err}`);
  const { out } = await runTool(bank, 'audit', 'replay', '--type', 'AccessesRecorded');
  t.notMatch(out, /欧阳|%E6%AC%A7|34052419800101001X|13800138000/, 'nothing that was read or searched by stands in it');
});
