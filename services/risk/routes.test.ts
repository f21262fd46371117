import { pino } from 'pino';
import t from 'tap';
import { everythingClear, viewsFrom, type Views } from '../../shared/access/data-classes.js';
import type { Permission } from '../../shared/access/permissions.js';
import type { Permit } from '../../shared/access/rights.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { createCodec } from '../../shared/events/codec.js';
import type { Access } from '../../shared/http/access-record.js';
import { Refusal, type Principal } from '../../shared/http/context.js';
import { buildServer } from '../../shared/http/server.js';
import { createRecords } from '../../shared/records/record.js';
import { bankCatalogue } from '../evaluation/catalogue.js';
import { createCases, executeAlert } from './cases/cases.js';
import { casesModule } from './cases/routes.js';
import { startSnoozeClock } from './cases/snooze-clock.js';
import { caseRecord } from './cases/state.js';
import { builtInRules } from './rules/built-in-rules.js';
import { checkFormula, describeFormula } from './rules/check-formula.js';
import { rulesModule } from './rules/routes.js';
import { builtInRuleId, createRules, foundRules, parkRule } from './rules/rules.js';
import { alert, CASE, CUSTOMER, NOW } from './testing/stories.js';

const ALL: Permit = { scope: 'all' };
const HERE: Permit = { scope: 'branch', branches: new Set(['B1']) };
const ELSEWHERE: Permit = { scope: 'branch', branches: new Set(['B2']) };
const staff = (id: string, permit: Permit, permissions: readonly Permission[], views: Views = everythingClear): Principal =>
  ({ id, role: 'risk-officer', channel: 'counter', rights: { holder: id, permits: new Map(permissions.map((one) => [one, [permit]])), views } });
const officer = ['risk.read', 'risk.work', 'risk.write-rules', 'risk.publish-rules'] as const;
const people: Record<string, Principal> = {
  zhang: staff('zhang', ALL, officer), li: staff('li', ALL, officer), manager: staff('manager', HERE, ['risk.read', 'risk.work'], { ...everythingClear, income: 'masked' }),
  elsewhere: staff('elsewhere', ELSEWHERE, ['risk.read', 'risk.work']), blind: staff('blind', ALL, ['risk.read'], viewsFrom({})), teller: staff('teller', HERE, []),
};
const READABLE = JSON.stringify(builtInRules[0]!.formula);

async function riskBank(t: { teardown(handler: () => unknown): void }) {
  const clock = { now: NOW };
  const now = (): Date => clock.now;
  const records = createRecords({ store: memoryEventStore(), codec: createCodec(createMemoryVault()) });
  const cases = createCases({ records, now });
  const rules = createRules({ records, check: checkFormula(bankCatalogue, async () => () => null) });
  const accesses: Access[] = [];
  const server = await buildServer({
    modules: [
      casesModule({
        cases, messagesOf: async () => [{ id: CASE, alert: CASE, to: 'li', by: 'message', attempts: 1, queuedAt: NOW.toISOString() }], mayWork: async (staffId, customerId) => customerId === CUSTOMER && ['zhang', 'li', 'manager'].includes(staffId),
        async revisionOfAlert(caseId, alertId) {
          const steps = await cases.history(caseId, { direction: 'forwards', limit: 1_000 });
          return steps?.find(({ event }) => event.type === 'AlertRaised' && event.data.alertId === alertId)?.revision;
        },
      }),
      rulesModule({ rules, describe: async () => (formula) => describeFormula(bankCatalogue, formula) }),
    ],
    authenticate: ({ headers }) => people[headers.authorization ?? ''] ?? refuse(), logger: pino({ level: 'silent' }), now, commandSecret: Buffer.alloc(32, 1), readWait: async () => true,
    accessLog: { record: async (access) => void accesses.push(access), refused: () => {} }, checks: {},
    async findTarget({ kind, id }) {
      const state = kind === 'case' ? (await records.load(caseRecord, id))?.state : undefined;
      return state === undefined || state.status === 'absent' ? undefined : { branch: 'B1', customers: [state.customerId] };
    },
  });
  t.teardown(() => server.close());
  const send = async (who: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await server.inject({
      method, url: `/v1/risk/${path}`, headers: { authorization: who, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.statusCode, etag: answer.headers.etag as string, body: answer.json() };
  };
  return { records, cases, clock, accesses, send };
}

function refuse(): never {
  throw new Refusal({ code: 'unauthenticated' });
}

t.test('a case from its alert to its outcome, by those within reach, each seeing what is theirs to see', async (t) => {
  const { records, send, clock, cases, accesses } = await riskBank(t);
  await executeAlert(records, alert(), () => NOW);
  const found = await send('manager', 'GET', `cases/${CASE}`);
  t.match(found, { status: 200, etag: '"1"', body: { id: CASE, customer: CUSTOMER, status: 'open', severity: 'medium', round: 1, alerts: 1 } });
  t.match(accesses.at(-1), { route: 'GET /v1/risk/cases/:id', customers: [CUSTOMER] }, 'in the access log by the customer');
  t.match(await send('elsewhere', 'GET', `cases/${CASE}`), { status: 403, body: { code: 'outside_scope' } });
  t.match(await send('teller', 'GET', `cases/${CASE}`), { status: 403, body: { code: 'permission_missing' } });
  t.match(await send('elsewhere', 'GET', `cases/${CUSTOMER}`), { status: 403, body: { code: 'outside_scope' } }, 'what is not there is answered like it');
  t.match(await send('li', 'GET', `cases/${CUSTOMER}`), { status: 404, body: { code: 'case_not_found' } });

  const { alertId } = alert();
  t.match(await send('li', 'GET', `cases/${CASE}/alerts/${alertId}`), { status: 200, body: { id: alertId, trace: [{ node: '', value: true }], facts: alert().evidence } });
  t.match(accesses.at(-1), { clear: ['identity', 'employment', 'income', 'balances', 'movements'] });
  for (const who of ['manager', 'blind']) t.notMatch((await send(who, 'GET', `cases/${CASE}/alerts/${alertId}`)).body, { trace: [] }, `${who} does not see all that a rule looks at`);
  t.match(await send('manager', 'GET', `cases/${CASE}/messages?limit=5`), { status: 200, body: { items: [{ to: 'li', by: 'message', attempts: 1 }] } });
  t.match(await send('elsewhere', 'GET', `cases/${CASE}/messages`), { status: 403, body: { code: 'outside_scope' } });
  t.match(await send('li', 'GET', `cases/${CUSTOMER}/messages`), { status: 404, body: { code: 'case_not_found' } });
  t.match(await send('li', 'GET', `cases/${CASE}/alerts/${CASE}`), { status: 404, body: { code: 'alert_not_found' } });

  t.match(await send('manager', 'PUT', `cases/${CASE}/assignment`, { assignee: 'manager' }), { status: 428 });
  t.match(await send('manager', 'PUT', `cases/${CASE}/assignment`, { assignee: 'elsewhere' }, { 'if-match': '"1"' }), { status: 422, body: { code: 'case_assignee_unable' } });
  t.match(await send('manager', 'PUT', `cases/${CASE}/assignment`, { assignee: 'manager' }, { 'if-match': '"1"' }), { status: 200, etag: '"2"' });
  const until = new Date(NOW.getTime() + 86_400_000).toISOString();
  t.match(await send('manager', 'POST', `cases/${CASE}/snooze`, { until: NOW.toISOString(), reason: 'x' }, { 'if-match': '*' }), { status: 422, body: { code: 'case_snooze_invalid' } });
  t.match(await send('manager', 'POST', `cases/${CASE}/snooze`, { until, reason: 'salary day' }, { 'if-match': '"2"' }), { status: 200 });
  await executeAlert(records, alert({ cause: CUSTOMER }), () => NOW);
  t.match((await send('manager', 'GET', `cases/${CASE}`)).body, { status: 'snoozed', snoozed: { until, reason: 'salary day', muted: 1 }, alerts: 2 });
  t.match((await send('blind', 'GET', `cases/${CASE}`)).body, { snoozed: { until, reason: undefined } }, 'what people typed is a class of its own');
  const ticking = async (): Promise<void> => {
    const snoozes = startSnoozeClock({ cases, due: async () => [CASE], everyMs: 3_600_000, logger: pino({ level: 'silent' }) });
    await snoozes.stop();
  };
  await ticking();
  t.match((await send('li', 'GET', `cases/${CASE}`)).body, { status: 'snoozed' }, 'not yet');
  clock.now = new Date(until);
  await ticking();
  t.match((await send('li', 'GET', `cases/${CASE}`)).body, { status: 'open' });

  const key = { 'idempotency-key': 'k1' };
  const comment = await send('manager', 'POST', `cases/${CASE}/comments`, { text: 'asked for the contract' }, key);
  t.same(await send('manager', 'POST', `cases/${CASE}/comments`, { text: 'asked for the contract' }, key), comment, 'sent again it is said once');
  t.match(await send('li', 'POST', `cases/${CASE}/escalation`, { reason: 'large' }, { 'if-match': '*' }), { status: 200 });
  const outcome = { outcome: 'confirmed_risk', reason: 'reported' };
  for (const who of ['manager', 'li']) t.match(await send(who, 'POST', `cases/${CASE}/closing`, outcome, { 'if-match': '*' }), { status: 403, body: { code: 'case_escalated' } }, who);
  t.match(await send('zhang', 'POST', `cases/${CASE}/closing`, outcome, { 'if-match': comment.etag }), { status: 412 }, 'something came since');
  t.match(await send('zhang', 'POST', `cases/${CASE}/closing`, { reason: 'x' }, { 'if-match': '*' }), { status: 400, body: { errors: [{ pointer: '/outcome' }] } });
  t.match(await send('zhang', 'POST', `cases/${CASE}/closing`, outcome, { 'if-match': '*' }), { status: 200 });
  t.match((await send('zhang', 'GET', `cases/${CASE}`)).body, { status: 'closed', closed: { outcome: 'confirmed_risk', by: { id: 'zhang' }, reason: 'reported' } });
  t.match(await send('zhang', 'POST', `cases/${CASE}/wake`, undefined, { 'if-match': '*' }), { status: 422, body: { code: 'case_closed' } });

  const first = (await send('zhang', 'GET', `cases/${CASE}/history?limit=5`)).body;
  const rest = (await send('zhang', 'GET', `cases/${CASE}/history?limit=5&cursor=${first.nextCursor}`)).body;
  t.same([...first.items, ...rest.items].map(({ type }: { type: string }) => type), [
    'RiskCaseOpened', 'AlertRaised', 'RiskCaseAssigned', 'RiskCaseSnoozed', 'AlertRaised', 'RiskCaseWoken', 'RiskCaseCommented', 'RiskCaseEscalated', 'RiskCaseClosed',
  ]);
  t.match(rest.items[1], { text: 'asked for the contract', actor: { id: 'manager' } });
});

t.test('a rule is written by one person and published by another, and what cannot be run is refused with the node named', async (t) => {
  const { records, send } = await riskBank(t);
  const draft = await send('zhang', 'POST', 'rules', READABLE, { 'idempotency-key': 'k1' });
  t.match(draft, { status: 201, etag: '"0"' });
  t.same((await send('zhang', 'POST', 'rules', READABLE, { 'idempotency-key': 'k1' })).body, draft.body);
  const path = `rules/${draft.body.id}`;
  t.match(await send('zhang', 'POST', 'rules', { ...builtInRules[0]!.formula, tree: { attr: 'customer.shoes', operator: '=', value: 1 } }), {
    status: 422, body: { code: 'risk_rule_invalid', errors: [{ pointer: /^\/tree/, code: 'unknown_field' }] },
  });
  t.match(await send('zhang', 'POST', 'rules', { ...builtInRules[0]!.formula, severity: 'huge' }), { status: 400, body: { errors: [{ pointer: '/severity' }] } });
  const { body: { versions: [version] } } = await send('blind', 'GET', path);
  t.match(version, { version: 1, status: 'draft', authors: ['zhang'], text: { en: /./, zh: /./ }, tree: builtInRules[0]!.formula.tree });
  const publication = { hash: version.hash };
  t.match(await send('li', 'POST', `${path}/publication`, publication, { 'if-match': '*' }), { status: 422, body: { code: 'risk_rule_not_submitted' } });
  t.match(await send('zhang', 'POST', `${path}/submission`, undefined, { 'if-match': '"0"' }), { status: 200 });
  t.match(await send('zhang', 'POST', `${path}/publication`, publication, { 'if-match': '*' }), { status: 403, body: { code: 'risk_rule_own' } });
  t.match(await send('manager', 'POST', `${path}/publication`, publication, { 'if-match': '*' }), { status: 403, body: { code: 'permission_missing' } });
  t.match(await send('li', 'POST', `${path}/return`, { reason: 'why three?' }, { 'if-match': '*' }), { status: 200 });
  t.match(await send('zhang', 'PUT', path, { ...builtInRules[0]!.formula, severity: 'critical' }, { 'if-match': '*' }), { status: 200 });
  t.match(await send('zhang', 'POST', `${path}/submission`, undefined, { 'if-match': '*' }), { status: 200 });
  t.match(await send('li', 'POST', `${path}/publication`, publication, { 'if-match': '*' }), { status: 409, body: { code: 'risk_rule_changed' } });
  const { body: { versions: [revised] } } = await send('li', 'GET', path);
  t.match(await send('li', 'POST', `${path}/publication`, { hash: revised.hash }, { 'if-match': '"4"' }), { status: 200 });
  await parkRule(records, { ruleId: draft.body.id, version: 1, code: 'catalogue_changed', cause: CASE }, () => NOW);
  await parkRule(records, { ruleId: draft.body.id, version: 1, code: 'catalogue_changed', cause: CASE }, () => NOW);
  t.match((await send('li', 'GET', path)).body.versions, [{ status: 'published', severity: 'critical', publishedBy: 'li', parked: { code: 'catalogue_changed', cause: CASE } }]);
  t.match(await send('li', 'POST', `${path}/resumption`, undefined, { 'if-match': '"6"' }), { status: 200 }, 'it was parked once');
  t.match(await send('li', 'POST', `${path}/withdrawal`, { reason: 'replaced' }, { 'if-match': '*' }), { status: 200 });
  t.match((await send('li', 'GET', path)).body.versions, [{ status: 'withdrawn' }]);
  t.match(await send('li', 'GET', `rules/${CASE}`), { status: 404, body: { code: 'risk_rule_not_found' } });

  await foundRules(records, builtInRules, () => NOW);
  const founded = builtInRuleId(builtInRules[0]!.key);
  t.match((await send('li', 'GET', `rules/${founded}`)).body, { revision: 1, versions: [{ status: 'published', publishedBy: 'passbook', version: 1 }] });
  t.match(await send('zhang', 'POST', `rules/${founded}/withdrawal`, { reason: 'not here' }, { 'if-match': '*' }), { status: 200 });
  await foundRules(records, builtInRules, () => NOW);
  t.match((await send('li', 'GET', `rules/${founded}`)).body, { revision: 2, versions: [{ status: 'withdrawn' }] }, 'what the bank made of it is the bank\'s');
});
