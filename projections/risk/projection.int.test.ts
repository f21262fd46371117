import { pino } from 'pino';
import t from 'tap';
import { everythingClear } from '../../shared/access/data-classes.js';
import { HEAD_OFFICE, type Permit, type Rights } from '../../shared/access/rights.js';
import type { Recorded } from '../../shared/events/definition.js';
import { allEvents, topicOf } from '../../shared/events/registry.js';
import type { RiskCaseEvent } from '../../shared/events/risk/case-events.js';
import type { Formula, RiskRuleEvent } from '../../shared/events/risk/rule-events.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { verifyWith } from '../../shared/read-store/verify.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { riskProjection } from './projection.js';
import { dueSnoozes, hasOpenCase, revisionOfAlert } from './queries.js';
import { riskQueryRoutes } from './routes.js';
import { riskVerifiers } from './verify.js';

type RiskEvent = RiskCaseEvent | RiskRuleEvent;
const id = (n: number): string => `0198a7c2-0000-7000-8000-${String(n).padStart(12, '0')}`;
const at = (minute: number): string => new Date(Date.UTC(2025, 0, 1, 8, minute)).toISOString();
let revisions: Record<string, number> = {};
let minute = 0;

/** Each event a minute, and a position, after the one before. */
function told(actor: string, type: RiskEvent['type'], data: object): Recorded<RiskEvent> {
  const stream = 'caseId' in data ? `riskcase-${String(data.caseId)}` : `riskrule-${(data as { ruleId: string }).ruleId}`;
  minute++;
  return {
    id: id(1_000 + minute), stream, revision: BigInt((revisions[stream] = (revisions[stream] ?? -1) + 1)), position: BigInt(minute), event: { type, data } as RiskEvent,
    metadata: { commandId: id(2_000 + minute), $correlationId: 'c', $causationId: 'c', actor: { id: actor, role: 'risk-officer', channel: 'online' }, schemaVersion: 1, recordedAt: at(minute) },
  };
}

/** Case n is of customer 500 + n. */
const inCase = (n: number, type: RiskCaseEvent['type'], more: object = {}, round = 1) => told('zhang', type, { caseId: id(n), customerId: id(500 + n), round, ...more });
const opened = (n: number, severity = 'medium', round = 1) => inCase(n, 'RiskCaseOpened', { kind: 'structuring', severity }, round);
const alerted = (n: number, rule: number, alert: number, more: { severity?: string; round?: number; day?: number; version?: number; muted?: boolean } = {}) => inCase(n, 'AlertRaised', {
  alertId: id(alert), ruleId: id(rule), ruleVersion: more.version ?? 1, kind: 'structuring', severity: more.severity ?? 'medium', at: `2024-12-0${more.day ?? 1}T00:00:00.000Z`, cause: id(700 + alert),
  accounts: [id(800 + n)], evidence: [id(700 + alert)], trace: 'erased', muted: more.muted ?? false,
}, more.round);
const formula = (name: string, cooldown?: string): Formula => ({ name, kind: 'structuring', severity: 'high', trigger: 'movement', tree: { fact: 'cash', operator: '=', value: true }, ...(cooldown !== undefined && { cooldown }) });
const ofRule = (n: number, version: number, actor: string, type: RiskRuleEvent['type'], more: object = {}) => told(actor, type, { ruleId: id(n), version, ...more });
const hash = 'a'.repeat(64);

const story = (): Recorded<RiskEvent>[] => {
  revisions = {};
  minute = 0;
  return [
    opened(1), alerted(1, 41, 301, { day: 2 }), alerted(1, 42, 302, { severity: 'high', day: 1 }), inCase(1, 'RiskCaseSeverityRaised', { severity: 'high' }), inCase(1, 'RiskCaseAssigned', { assignee: 'li' }),
    inCase(1, 'RiskCaseClosed', { outcome: 'confirmed_risk', reason: 'erased' }), opened(1, 'low', 2), alerted(1, 41, 303, { severity: 'low', round: 2 }), inCase(1, 'RiskCaseEscalated', { reason: 'erased' }, 2),
    opened(2), alerted(2, 41, 304), inCase(2, 'RiskCaseSnoozed', { until: at(59), reason: 'erased' }), inCase(2, 'RiskCaseCommented', { text: 'erased' }),
    opened(3), alerted(3, 42, 305), inCase(3, 'RiskCaseSnoozed', { until: at(20), reason: 'erased' }), alerted(3, 42, 307, { muted: true }), inCase(3, 'RiskCaseWoken', { muted: 1 }), inCase(3, 'RiskCaseSnoozed', { until: at(20), reason: 'erased' }), alerted(3, 42, 308, { muted: true }), inCase(3, 'RiskCaseClosed', { outcome: 'false_positive', reason: 'erased' }),
    opened(4), alerted(4, 42, 306),
    ofRule(41, 1, 'zhang', 'RiskRuleDrafted', { formula: formula('first'), hash }), ofRule(41, 1, 'zhang', 'RiskRuleRevised', { formula: formula('better', 'P1D'), hash: 'b'.repeat(64) }),
    ofRule(41, 1, 'zhang', 'RiskRuleSubmitted', { hash }), ofRule(41, 1, 'li', 'RiskRuleReturned', { reason: 'x' }), ofRule(41, 1, 'zhang', 'RiskRuleSubmitted', { hash }), ofRule(41, 1, 'li', 'RiskRulePublished', { hash }),
    ofRule(41, 1, 'risk', 'RiskRuleParked', { code: 'catalogue_changed', cause: id(9) }), ofRule(41, 1, 'li', 'RiskRuleResumed'),
    ofRule(41, 2, 'li', 'RiskRuleDrafted', { formula: formula('second'), hash }), ofRule(41, 2, 'li', 'RiskRuleSubmitted', { hash }), ofRule(41, 2, 'zhang', 'RiskRulePublished', { hash }),
    ofRule(42, 1, 'zhang', 'RiskRuleDrafted', { formula: formula('other'), hash }), ofRule(42, 1, 'li', 'RiskRulePublished', { hash }), ofRule(42, 1, 'li', 'RiskRuleParked', { code: 'failed', cause: id(9) }), ofRule(42, 1, 'li', 'RiskRuleWithdrawn', { reason: 'x' }),
    ofRule(43, 1, 'zhang', 'RiskRuleDrafted', { formula: formula('draft'), hash }),
  ];
};

t.test('it says of every event of its topic whether it applies it', async (t) => {
  const { topics, handles, ignores } = riskProjection;
  t.same([...handles, ...ignores].sort(), allEvents.filter(({ module }) => topics.includes(topicOf(module))).map(({ type }) => type).sort());
});

t.test('rows, lists by reach, pages, precision, what is due, and verify', skipUnless('postgres'), async (t) => {
  for (const batch of [100, 1]) {
    const database = await readDatabase(t, riskProjection);
    // What the read model of customers has of them; customer 504 was merged into 502.
    await database.query('create schema customers');
    await database.query('create table customers.customers (id uuid primary key, branch text, manager text, merged_into uuid)');
    for (const [n, branch, manager, into] of [[1, 'B1', 'wu', null], [2, 'B2', null, null], [3, null, null, null], [4, 'B1', 'wu', 2]] as const)
      await database.query('insert into customers.customers values ($1, $2, $3, $4)', [id(500 + n), branch, manager, into === null ? null : id(500 + into)]);
    const events = story();
    for (let from = 0; from < events.length; from += batch) await database.apply(events.slice(from, from + batch));
    t.same(await database.query('select id, round, revision, status, severity, assignee, escalated, alerts, last_alert_at, outcome, closed_by from risk.cases order by id, round limit 2'), [
      { id: id(1), round: 1, revision: '5', status: 'closed', severity: 'high', assignee: 'li', escalated: false, alerts: 2, last_alert_at: new Date('2024-12-02T00:00:00Z'), outcome: 'confirmed_risk', closed_by: 'zhang' },
      { id: id(1), round: 2, revision: '8', status: 'open', severity: 'low', assignee: null, escalated: true, alerts: 1, last_alert_at: new Date('2024-12-01T00:00:00Z'), outcome: null, closed_by: null },
    ]);
    t.same(await dueSnoozes(database.store, new Date(at(58))), []);
    t.same(await dueSnoozes(database.store, new Date(at(59))), [id(2)]);
    t.same(await database.query('select id, position, told from risk.alerts where told is distinct from position order by id'), [{ id: id(307), position: '17', told: '18' }, { id: id(308), position: '20', told: null }]);
    t.equal(await revisionOfAlert(database.store, id(1), id(303)), 7n);
    t.equal(await revisionOfAlert(database.store, id(2), id(303)), undefined, 'of another case');

    let permit: Permit = { scope: 'all' };
    const server = await buildServer({
      modules: [riskQueryRoutes({ store: database.store, idsOf: async (customer) => ([id(502), id(504)].includes(customer) ? [id(502), id(504)] : [customer]) })], logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
      authenticate: () => ({ id: 'wu', role: 'r', channel: 'counter', rights: { holder: 'wu', permits: new Map([['risk.read', [permit]]]), views: everythingClear } satisfies Rights }),
    });
    const get = async (path: string) => (await server.inject(`/v1/risk/${path}`)).json();
    const cases = async (query = ''): Promise<string[]> => (await get(`cases${query}`)).items.map((item: { id: string; round: number }) => `${Number(item.id.slice(-12))}/${item.round}`);
    const alerts = async (query = ''): Promise<number[]> => (await get(`alerts${query}`)).items.map((item: { id: string }) => Number(item.id.slice(-12)));
    t.same(await cases(), ['4/1', '3/1', '2/1', '1/2', '1/1']);
    t.same(await cases('?status=snoozed'), ['2/1']);
    t.same(await cases('?severity=high&assignee=li&kind=structuring'), ['1/1']);
    t.same(await cases(`?customer=${id(503)}`), ['3/1']);
    for (const one of [502, 504]) t.same(await cases(`?customer=${id(one)}`), ['4/1', '2/1'], 'what was said of a record before it was merged is said of the person');
    t.equal(await hasOpenCase(database.store, [id(503), id(501)]), true);
    t.equal(await hasOpenCase(database.store, [id(502)]), true, 'a snoozed one is not closed');
    t.equal(await hasOpenCase(database.store, [id(503)]), false);
    const first = await get('cases?limit=2');
    t.same(await cases(`?limit=2&cursor=${first.nextCursor}`), ['2/1', '1/2']);
    t.equal((await server.inject(`/v1/risk/cases?limit=2&status=open&cursor=${first.nextCursor}`)).statusCode, 400, 'a cursor is of its own query');
    t.match((await get('cases?status=closed')).items[0], { customer: id(503), outcome: 'false_positive', closedAt: at(21), closedBy: 'zhang', alerts: 3 });
    t.same(await alerts(), [306, 308, 307, 305, 304, 303, 302, 301]);
    t.same(await alerts(`?rule=${id(41)}&severity=low`), [303]);
    t.same(await alerts(`?case=${id(1)}&kind=structuring`), [303, 302, 301]);
    t.same(await alerts(`?limit=4&cursor=${(await get('alerts?limit=4')).nextCursor}`), [304, 303, 302, 301]);
    t.match((await get(`alerts?rule=${id(41)}&customer=${id(502)}`)).items, [{ id: id(304), position: '11', case: id(2), round: 1, customer: id(502), accounts: [id(802)], facts: [id(1_004)], at: '2024-12-01T00:00:00.000Z' }]);

    const rules = (await get('rules')).items;
    t.match(rules, [
      { id: id(41), versions: [{ version: 1, status: 'superseded', name: 'better', cooldown: 'P1D', publishedBy: 'li', endedAt: at(34) }, { version: 2, status: 'published', publishedBy: 'zhang' }] },
      { id: id(42), versions: [{ status: 'withdrawn', parked: { code: 'failed', cause: id(9) } }] }, { id: id(43), versions: [{ status: 'draft' }] },
    ]);
    t.notMatch(rules[0].versions[0], { parked: {} }, 'it was resumed');
    t.match((await get('rules?status=draft')).items.map((rule: { id: string }) => rule.id), [id(43)]);
    const page = await get('rules?limit=1');
    t.match((await get(`rules?limit=1&cursor=${page.nextCursor}`)).items.map((rule: { id: string }) => rule.id), [id(42)]);
    t.match((await get('precision')).items, [
      { rule: id(41), version: 1, alerts: 3, cases: { open: 2, confirmedRisk: 1, valuableAlert: 0, falsePositive: 0 }, precision: '1.0000' },
      { rule: id(42), version: 1, alerts: 5, cases: { open: 1, confirmedRisk: 1, valuableAlert: 0, falsePositive: 1 }, precision: '0.5000' },
    ]);

    const reaches = async (one: Permit): Promise<string[]> => {
      permit = one;
      return cases();
    };
    t.same(await reaches({ scope: 'branch', branches: new Set(['B1']) }), ['1/2', '1/1']);
    t.same((await get('precision')).items.length, 2);
    t.same(await alerts(), [303, 302, 301]);
    t.same(await reaches({ scope: 'branch', branches: new Set(['B2']) }), ['4/1', '2/1'], 'a record that was merged is where its survivor is');
    t.same(await reaches({ scope: 'branch', branches: new Set([HEAD_OFFICE]) }), ['3/1'], 'without a branch: the head office\'s');
    t.same(await reaches({ scope: 'portfolio' }), ['1/2', '1/1']);
    permit = { scope: 'own' };
    t.same(await cases(), [], 'what the bank suspects of a customer is not the customer\'s to see');
    t.same(await alerts(), []);
    await server.close();

    const differences = async () => {
      const found = [];
      async function* log() { yield* events; }
      for await (const difference of verifyWith(riskVerifiers(database.query), log())) found.push(`${difference.kind} ${difference.table} ${difference.key} ${difference.column ?? ''}`.trim());
      return found;
    };
    t.same(await differences(), []);
    await database.query(`update risk.cases set alerts = 9 where id = $1`, [id(2)]);
    await database.query('delete from risk.alerts where id = $1', [id(301)]);
    await database.query(`update risk.rule_versions set status = 'published' where rule_id = $1`, [id(43)]);
    t.same((await differences()).sort(), [`changed risk.cases ${id(2)}/1 alerts`, `changed risk.rule_versions ${id(43)}/1 status`, `missing risk.alerts ${id(301)}`], 'control: damage is found');
  }
});
