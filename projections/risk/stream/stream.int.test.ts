import { pino } from 'pino';
import t from 'tap';
import { everythingClear } from '../../../shared/access/data-classes.js';
import type { Permit } from '../../../shared/access/rights.js';
import type { Access } from '../../../shared/http/access-record.js';
import { Refusal, type Principal } from '../../../shared/http/context.js';
import { buildServer } from '../../../shared/http/server.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { skipUnless } from '../../../shared/testing/parts.js';
import { AT, id, riskModel } from '../testing/risk-model.js';
import { AlertNews } from './alert-news.js';
import { alertStreamRoutes } from './routes.js';

const ALL: Permit = { scope: 'all' };

/** The stream over the read model, behind the real server. */
async function streamingBank(t: { teardown(handler: () => unknown): void }, limits: { readonly most?: number; readonly heartbeatMs?: number; readonly longestMs?: number } = {}) {
  const { database, store, told, alert, lanes } = await riskModel(t);
  const people = new Map<string, Permit>([['officer', ALL], ['manager', { scope: 'branch', branches: new Set(['B1']) }], ['customer', { scope: 'own' }]]);
  const authenticate = ({ headers }: { headers: { authorization?: string | undefined } }): Principal => {
    const permit = people.get(headers.authorization ?? '');
    if (!permit) throw new Refusal({ code: 'unauthenticated' });
    return { id: headers.authorization!, role: 'r', channel: 'counter', rights: { holder: headers.authorization!, permits: new Map([['risk.read', [permit]]]), views: everythingClear } };
  };
  const accesses: Access[] = [];
  const accessLog = { record: async (access: Access) => void accesses.push(access), refused: () => {} };
  const news = new AlertNews(store);
  const server = await buildServer({
    modules: [alertStreamRoutes({ store, news, accessLog, authenticate, ...limits })], authenticate, accessLog, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32),
    readWait: async () => true, findTarget: async () => undefined, checks: {},
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(async () => {
    await news.stop();
    await server.close();
  });

  /** Reads in the background; `ids` are those of the events so far. */
  async function listen(who: string, lastEventId?: string) {
    const leaving = new AbortController();
    t.teardown(() => leaving.abort());
    const answer = await fetch(`${url}/v1/risk/alerts/stream`, { headers: { authorization: who, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) }, signal: leaving.signal });
    const heard = { status: answer.status, type: answer.headers.get('content-type'), text: '', ended: false, get ids() { return [...heard.text.matchAll(/^id: (.*)$/gm)].map(([, one]) => one); } };
    void (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of answer.body!) heard.text += decoder.decode(chunk as Uint8Array, { stream: true });
      heard.ended = true;
    })().catch(() => {});
    return { heard, leave: () => leaving.abort() };
  }
  const heardAre = (heard: { ids: (string | undefined)[] }, ids: string[]) => eventually(() => heard.ids.join() === ids.join());
  return { database, told, alert, lanes, listen, heardAre, people, accesses };
}

t.test('alerts are told in log order once every lane has them, within reach, and a reader that comes back goes on where it was', skipUnless('postgres'), async (t) => {
  const { database, told, alert, lanes, listen, heardAre, accesses } = await streamingBank(t);
  const [officer, manager, customer] = [await listen('officer'), await listen('manager'), await listen('customer')];
  t.match(officer.heard, { status: 200, type: 'text/event-stream; charset=utf-8' });
  await eventually(() => [officer, manager, customer].every(({ heard }) => heard.text.includes('retry')));
  await database.apply([alert(2, 11)]);
  await lanes(11, 8);
  await database.apply([alert(1, 10)]);
  t.same(officer.heard.ids, [], 'a lane is behind: an earlier one may still come');
  await lanes(11, 11);
  await heardAre(officer.heard, ['10', '11']);
  await heardAre(manager.heard, ['10']);
  t.match(JSON.parse(/^data: (.*)$/m.exec(officer.heard.text)![1]!), { id: id(10), position: '10', customer: id(501), accounts: [id(801)], severity: 'high' });
  t.match(accesses.filter(({ customers }) => customers.length > 0).map(({ principal, customers }) => [principal!.id, customers]).sort(), [['manager', [id(501)]], ['officer', [id(501), id(502)]]], 'in the access log');

  officer.leave();
  await database.apply([told(1, 12, 'RiskCaseSnoozed', { until: AT, reason: 'erased' }), alert(1, 13, true), alert(1, 14, true), alert(2, 15)]);
  await lanes(15, 15);
  const again = await listen('officer', '10');
  await heardAre(again.heard, ['11', '15']);
  await database.apply([told(1, 16, 'RiskCaseWoken', { muted: 2 })]);
  await lanes(16, 16);
  await heardAre(again.heard, ['11', '15', '16.13', '16.14']);
  const within = await listen('officer', '16.13');
  await heardAre(within.heard, ['16.14']);
  t.same(customer.heard.ids, [], 'what the bank suspects of a customer is not the customer\'s to hear');
});

t.test('a stream ends with the right it was opened with, and after its time; so many are open at once, and what is no id of ours is refused', skipUnless('postgres'), async (t) => {
  const { listen, people } = await streamingBank(t, { heartbeatMs: 100, most: 2 });
  const [stays, ends] = [await listen('manager'), await listen('officer')];
  t.equal((await listen('manager')).heard.status, 503, 'too many');
  people.delete('officer');
  await eventually(() => ends.heard.ended);
  t.notOk(stays.heard.ended, 'control: the other goes on');
  t.match(stays.heard.text, /^:$/m, 'and says so now and then');
  t.equal((await listen('officer')).heard.status, 401);
  t.equal((await listen('manager', 'x')).heard.status, 400);
  stays.leave();

  const unbuilt = await streamingBank(t);
  await unbuilt.database.query(`update projector.builds set state = 'building'`);
  t.equal((await unbuilt.listen('officer')).heard.status, 503, 'without a read model nothing is told as if it had just come');

  const short = await streamingBank(t, { longestMs: 200 });
  const { heard } = await short.listen('officer');
  await eventually(() => heard.ended);
});
