import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { createPool } from '../../../shared/read-store/pool.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../../shared/testing/parts.js';
import { AlertNews } from '../stream/alert-news.js';
import { id, riskModel } from '../testing/risk-model.js';
import { messagesOfCase, prepareMessages } from './ledger.js';
import { spoolFolder, type AlertMessage, type SendMessage } from './message.js';
import { startTelling, type AboutAlert } from './telling.js';

t.test('each who is to be told is told of each alert once, whatever fails and whoever is killed in between', skipUnless('postgres'), async (t) => {
  const { database, store, told, alert, lanes } = await riskModel(t);
  const pool = createPool(await freshDatabase(t, 'ops'), { applicationName: 'test', max: 4 });
  t.teardown(() => pool.end());
  await prepareMessages(pool);
  const folder = t.testdir();
  await writeFile(join(folder, `message-${id(1)}.json.of-one-killed.part`), '{');
  const spool = spoolFolder(folder);
  const asked: AboutAlert[] = [];
  let given: AlertMessage[] = [];
  let send: SendMessage = spool;
  let unwritten = 0;
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  pool.query = (async (...args: unknown[]) => {
    if (unwritten > 0 && String(args[0]).includes('sent_at = $2')) {
      unwritten--;
      throw new Error('gone');
    }
    return query(...args);
  }) as typeof pool.query;
  const start = (mostTries = 100) => {
    const news = new AlertNews(store);
    const telling = startTelling({
      store, news, pool, logger: pino({ level: 'silent' }), now: () => new Date(), lookEveryMs: 5, firstRetryMs: 5, mostTries,
      send: (message) => (given.push(message), send(message)),
      async recipients(about) {
        asked.push(about);
        return [{ staff: 'li', by: 'message' }, ...(about.severity === 'high' ? [{ staff: 'zhang', by: 'email' } as const] : []), ...(about.assignee === null ? [] : [{ staff: about.assignee, by: 'message' } as const])];
      },
    });
    return { async stop() {
      await news.stop();
      await telling.stop();
    } };
  };
  const ofCase = (n: number) => messagesOfCase(pool, id(n), 100);
  const settled = (n: number, count: number) => eventually(async () => (await ofCase(n)).filter(({ sentAt }) => sentAt !== undefined).length === count);

  await database.apply([alert(1, 5)]);
  await lanes(5, 5);
  let running = start();
  await eventually(async () => (await pool.query('select 1 from alert_messages.place')).rowCount === 1);
  await database.apply([alert(1, 11), alert(2, 12, false, 'low'), told(2, 13, 'RiskCaseAssigned', { assignee: 'wu' }), alert(2, 14, true)]);
  await lanes(14, 14);
  await settled(1, 2);
  await settled(2, 2);
  t.match(asked, [{ customer: id(501), kind: 'structuring', severity: 'high' }, { customer: id(502), severity: 'low' }], 'control: neither what was there before nor what a snooze keeps back');
  t.match((await ofCase(1)).map(({ alert: of, to, by, attempts }) => [of, to, by, attempts]).sort(), [[id(11), 'li', 'message', 1], [id(11), 'zhang', 'email', 1]]);

  const names = await readdir(folder);
  t.same(names.sort(), given.map((one) => `${one.by}-${one.id}.json`).sort());
  const text = await readFile(join(folder, names[0]!), 'utf8');
  t.notMatch(text, new RegExp([id(501), id(801), id(41)].join('|')), 'no customer, account or rule leaves the bank');
  t.match(JSON.parse(text) as AlertMessage, { by: 'email', to: 'zhang', text: `Case: ${id(1)}` });
  t.match(JSON.parse(text) as AlertMessage, { text: '请登录银行系统查看' });
  await running.stop();

  // Taken by the port, and the process is gone before that is written down.
  given = [];
  unwritten = 2;
  running = start();
  await database.apply([alert(2, 21)]);
  await lanes(21, 21);
  await settled(2, 5);
  t.equal(unwritten, 0, 'control: it was gone twice');
  t.equal(given.length, 5);
  t.equal(new Set(given.map((one) => one.id)).size, 3, 'what comes again comes under its id');
  const files = await readdir(folder);
  t.same([files.length, new Set(files).size], [7, 7], 'and is there once');

  given = [];
  send = async (message) => {
    if (given.length < 3) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    await spool(message);
  };
  await database.apply([alert(1, 31, false, 'low')]);
  await lanes(31, 31);
  await settled(1, 3);
  t.match((await ofCase(1)).find(({ alert: of }) => of === id(31)), { attempts: 3, lastError: undefined });
  await running.stop();

  send = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  running = start(2);
  await database.apply([alert(1, 41, false, 'low')]);
  await lanes(41, 41);
  await eventually(async () => (await ofCase(1)).some(({ givenUpAt }) => givenUpAt !== undefined));
  t.match((await ofCase(1)).find(({ alert: of }) => of === id(41)), { to: 'li', attempts: 2, lastError: 'ENOSPC' });
  await running.stop();

  // A read model that was built anew tells the same alerts at the same places.
  const before = asked.length;
  send = spool;
  running = start();
  await lanes(45, 45);
  await database.apply([alert(1, 51, false, 'low')]);
  await lanes(51, 51);
  await settled(1, 4);
  t.equal(asked.length, before + 1);
  await running.stop();
});
