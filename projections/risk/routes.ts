import { z } from 'zod';
import { internal, subjectId } from '../../shared/access/classified.js';
import { reachOf } from '../../shared/access/rights.js';
import { OUTCOMES } from '../../shared/events/risk/case-events.js';
import { alertKindSchema, severitySchema } from '../../shared/events/risk/values.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../shared/http/cursor.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import { findAlerts, findCases, findRules, precisionOfRules } from './queries.js';

const code = internal(z.string());
const id = z.uuid();
const customer = subjectId(z.string(), 'customer');
const time = z.iso.datetime();

const caseItemSchema = z.object({
  id, round: z.int(), revision: z.int(), customer, kind: code, status: z.enum(['open', 'snoozed', 'closed']), severity: severitySchema, escalated: z.boolean(),
  alerts: z.int(), openedAt: time, assignee: code.optional(), snoozedUntil: time.optional(), lastAlertAt: time.optional(), outcome: z.enum(OUTCOMES).optional(), closedAt: time.optional(), closedBy: code.optional(),
}).meta({ id: 'RiskCaseItem', description: 'One round of a case; `revision` is of the round\'s last event' });

export const alertItemSchema = z.object({
  id, position: code, case: id, round: z.int(), customer, rule: id, version: z.int(), kind: code, severity: severitySchema, at: time, raisedAt: time, cause: id,
  accounts: z.array(subjectId(z.string(), 'account')), facts: z.array(code).meta({ description: 'The facts that made the rule hold: ids of movements, holds, events' }), muted: z.boolean(),
}).meta({ id: 'RiskAlert', description: '`at`: booking time; `muted`: the case was snoozed. Its trace: GET /v1/risk/cases/{id}/alerts/{alertId}' });

const versionSchema = z.object({
  version: z.int(), status: z.enum(['draft', 'submitted', 'published', 'superseded', 'withdrawn']), name: code, kind: code, severity: severitySchema, hash: code, draftedBy: code, draftedAt: time,
  trigger: code.optional(), cooldown: code.optional(), publishedBy: code.optional(), publishedAt: time.optional(), endedAt: time.optional(), parked: z.object({ code, cause: id }).optional(),
});
const ruleItemSchema = z.object({ id, versions: z.array(versionSchema) }).meta({ id: 'RiskRuleItem', description: 'A rule with all its versions; what they say: GET /v1/risk/rules/{id}' });
const precisionSchema = z.object({
  rule: id, version: z.int(), alerts: z.int(), cases: z.object({ open: z.int(), confirmedRisk: z.int(), valuableAlert: z.int(), falsePositive: z.int() }),
  precision: code.optional().meta({ description: 'Of the closed cases, the part that was no false positive: 0.0000 to 1.0000' }),
}).meta({ id: 'RiskPrecision' });

const tags = ['risk'];
const config = { projection: 'risk', access: { permission: 'risk.read' } } as const;
const paging = { limit: limitSchema, cursor: cursorSchema };
const anId = z.uuid().toLowerCase().optional();
const items = <S extends z.ZodType>(schema: S) => ({ 200: z.object({ items: z.array(schema), nextCursor: nextCursorSchema }) });

export interface RiskQueryOptions {
  readonly store: ReadStore;
  /** Every id of the person who has this one. */
  readonly idsOf: (customerId: string) => Promise<readonly string[]>;
}

/** Lists. One case, one rule, and working on them is services/risk. */
export function riskQueryRoutes({ store, idsOf }: RiskQueryOptions): RouteModule {
  const customersOf = async (customer: string | undefined) => (customer === undefined ? undefined : { customers: await idsOf(customer) });
  return {
    name: 'risk-queries',
    description: 'Lists of cases, alerts and rules, and how good the rules are',
    rejections: [],
    routes(server) {
      server.get('/v1/risk/cases', {
        config,
        schema: {
          tags, summary: 'Cases of customers within reach, each round of its own, those opened last first', response: items(caseItemSchema),
          querystring: z.strictObject({ status: z.enum(['open', 'snoozed', 'closed']).optional(), kind: alertKindSchema.optional(), severity: severitySchema.optional(), assignee: z.string().min(1).max(64).optional(), customer: anId, ...paging }),
        },
      }, async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, status, kind, severity, assignee, customer } = request.query;
        const filter = { status, kind, severity, assignee, customer };
        const place = cursor === undefined ? undefined : decodeCursor(request, z.tuple([z.string(), z.uuid(), z.int()]), cursor, filter);
        const { items, next } = await findCases(store, { ...filter, ...(await customersOf(customer)) }, reachOf(request.principal.rights, 'risk.read'), limit, place);
        return { items: items as z.output<typeof caseItemSchema>[], ...(next && { nextCursor: encodeCursor(request, next, filter) }) };
      });

      server.get('/v1/risk/alerts', {
        config,
        schema: {
          tags, summary: 'Alerts about customers within reach, newest first', response: items(alertItemSchema),
          querystring: z.strictObject({ case: anId, customer: anId, rule: anId, kind: alertKindSchema.optional(), severity: severitySchema.optional(), ...paging }),
        },
      }, async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, case: ofCase, customer, rule, kind, severity } = request.query;
        const filter = { case: ofCase, customer, rule, kind, severity };
        const place = cursor === undefined ? undefined : decodeCursor(request, z.string().regex(/^\d{1,19}$/), cursor, filter);
        const { items, next } = await findAlerts(store, { ...filter, ...(await customersOf(customer)) }, reachOf(request.principal.rights, 'risk.read'), limit, place);
        return { items: items as z.output<typeof alertItemSchema>[], ...(next !== undefined && { nextCursor: encodeCursor(request, next, filter) }) };
      });

      server.get('/v1/risk/rules', {
        config,
        schema: {
          tags, summary: 'Rules with their versions', response: items(ruleItemSchema),
          querystring: z.strictObject({ status: versionSchema.shape.status.optional().meta({ description: 'Rules of which some version is that' }), kind: alertKindSchema.optional(), ...paging }),
        },
      }, async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, status, kind } = request.query;
        const filter = { status, kind };
        const place = cursor === undefined ? undefined : decodeCursor(request, z.uuid(), cursor, filter);
        const { items, next } = await findRules(store, filter, limit, place);
        return { items: items as z.output<typeof ruleItemSchema>[], ...(next !== undefined && { nextCursor: encodeCursor(request, next, filter) }) };
      });

      server.get('/v1/risk/precision', {
        config,
        schema: {
          tags, summary: 'Of each version of a rule, what became of the cases its alerts went to', querystring: z.strictObject({ rule: anId }), response: { 200: z.object({ items: z.array(precisionSchema) }) },
          description: 'Counted are cases of customers within reach, each round of its own. A case that alerts of several rules went to counts for each of them.',
        },
      }, async (request) => ({ items: await precisionOfRules(store, reachOf(request.principal.rights, 'risk.read'), request.query.rule) }));
    },
  };
}
