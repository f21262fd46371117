import t from 'tap';
import { allRights } from '../../shared/access/rights.js';
import type { Access } from '../../shared/http/access-record.js';
import { Refusals } from './refusals.js';

const refusal = (actor: string | undefined, route: string, code = 'outside_scope', customers: string[] = []): Access => ({
  at: new Date(0), requestId: 'r', principal: actor === undefined ? undefined : { id: actor, role: 'teller', channel: 'online', rights: allRights(actor) }, route, status: 403, code,
  address: '', device: '', customers, accounts: [], counterparties: [], clear: [], masked: [], fields: [], criteria: [],
});

function counting() {
  const recorded: { route: string; code: string | undefined; actor: string | undefined; times: number; customers: readonly string[] }[] = [];
  const refusals = new Refusals(({ route, code, principal, customers }, times) => void recorded.push({ route, code, actor: principal?.id, times, customers }));
  return { recorded, refusals };
}

t.test('the first of a kind is recorded at once, its repeats together when a second has passed', async (t) => {
  const { recorded, refusals } = counting();
  refusals.add(refusal('ann', 'GET /a', 'outside_scope', ['c1']), 0);
  for (const id of ['c2', 'c3', 'c2']) refusals.add(refusal('ann', 'GET /a', 'outside_scope', [id]), 10);
  refusals.add(refusal('ben', 'GET /a'), 20);
  refusals.add(refusal('ann', 'GET /b'), 20);
  refusals.add(refusal('ann', 'GET /a', 'permission_missing'), 20);
  refusals.flush(999);
  t.same(recorded.map(({ actor, route, code, times }) => [actor, route, code, times]), [
    ['ann', 'GET /a', 'outside_scope', 1], ['ben', 'GET /a', 'outside_scope', 1], ['ann', 'GET /b', 'outside_scope', 1], ['ann', 'GET /a', 'permission_missing', 1],
  ]);
  refusals.flush(1_000);
  t.same(recorded.slice(4), [{ actor: 'ann', route: 'GET /a', code: 'outside_scope', times: 3, customers: ['c2', 'c3'] }]);
});

t.test('who goes on is recorded ever less often, and every refusal is counted', async (t) => {
  const { recorded, refusals } = counting();
  const HOUR = 3_600_000;
  let asked = 0;
  for (let now = 0; now < HOUR; now += 100) {
    refusals.add(refusal('ann', 'GET /a'), now);
    asked++;
    if (now % 500 === 0) refusals.flush(now);
  }
  refusals.flush(HOUR, true);
  t.equal(recorded.reduce((sum, { times }) => sum + times, 0), asked);
  t.ok(recorded.length < 70, `${recorded.length} records of ${asked} refusals`);
  refusals.flush(2 * HOUR);
  refusals.flush(3 * HOUR);
  refusals.add(refusal('ann', 'GET /a'), 3 * HOUR);
  t.equal(recorded.at(-1)?.times, 1, 'after a rest it is the first again');
});

t.test('many kinds of one actor, or of strangers, are one kind', async (t) => {
  const { recorded, refusals } = counting();
  for (const actor of ['ann', undefined]) for (let n = 0; n < 1_000; n++) refusals.add(refusal(actor, `GET /${n}`), 0);
  refusals.flush(1_000);
  t.equal(recorded.length, 2 * (10 + 1 + 1));
  t.equal(recorded.reduce((sum, { times }) => sum + times, 0), 2_000);
  t.equal(recorded.filter(({ route }) => route === '(many)').length, 4);
});
