import { z } from 'zod';
import { internal, subjectId } from '../../../shared/access/classified.js';
import { reachOf } from '../../../shared/access/rights.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { Refusal } from '../../../shared/http/context.js';
import { idParams } from '../../../shared/http/id-params.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import { backtestRejections, ruleRejections } from '../rejections.js';
import type { Rules } from '../rules/rules.js';
import { inForce } from '../rules/state.js';
import type { WouldBe } from './backtest.js';
import type { Backtests, BacktestJob } from './jobs.js';

const code = internal(z.string());
const wouldBeSchema = z.object({ customer: subjectId(z.string(), 'customer'), at: z.iso.datetime(), cause: z.uuid(), accounts: z.array(subjectId(z.string(), 'account')), facts: z.array(code) })
  .meta({ id: 'RiskWouldBeAlert', description: 'An alert that would have been raised' });
const resultSchema = z.object({
  events: z.int(), alerts: z.int(), customers: z.int(),
  byMonth: z.array(z.object({ month: code, alerts: z.int() })),
  difference: z.object({ added: z.int(), lost: z.int(), same: z.int() }).optional().meta({ description: 'Against the version in force, by customer and cause; absent where none is' }),
  added: z.array(wouldBeSchema).meta({ description: 'The newest that only the candidate raises' }),
  lost: z.array(wouldBeSchema).meta({ description: 'The newest that only the version in force raises' }),
  failure: z.object({ code, cause: z.uuid() }).optional().meta({ description: 'Why the candidate was not evaluated to the end' }),
  cost: z.object({ asked: z.int(), milliseconds: z.int() }).meta({ description: 'How often the candidate was asked, and the time that took' }),
});
const jobSchema = z.object({
  id: z.uuid(), rule: z.uuid(), version: z.int(), requestedBy: code, requestedAt: z.iso.datetime(), status: z.enum(['running', 'done', 'failed', 'interrupted']),
  progress: z.number().optional().meta({ description: 'How much of the log has been read, 0 to 1' }), result: resultSchema.optional().meta({ description: 'For readers whose reach is the whole bank: it speaks of everybody' }), reason: code.optional(),
}).meta({ id: 'RiskBacktest' });
const startedSchema = z.object({ id: z.uuid() });

const tags = ['risk'];

/** Trying a draft on the past. */
export function backtestsModule({ rules, backtests }: { readonly rules: Rules; readonly backtests: Backtests }): RouteModule {
  return {
    name: 'risk-backtests',
    description: 'A candidate rule over the whole history',
    rejections: [...ruleRejections.filter(({ code }) => code === 'risk_rule_not_found'), ...backtestRejections],
    routes(server) {
      server.post('/v1/risk/rules/:id/backtests', {
        config: { idempotency: 'honoured', access: { permission: 'risk.write-rules', runsAtOnce: true } },
        schema: { tags, summary: 'Run the draft over the whole history, beside the version in force; writes and raises nothing', params: idParams, response: { 201: startedSchema } },
      }, async (request, reply) => {
        const ruleId = request.params.id;
        const loaded = await rules.load(ruleId);
        if (!loaded) throw new Refusal({ code: 'risk_rule_not_found' });
        const { draft } = loaded.state;
        if (!draft) throw new Refusal({ code: 'risk_rule_no_draft' });
        const errors = await rules.check(draft.formula);
        if (errors.length > 0) throw new Refusal({ code: 'risk_rule_invalid', errors });
        const { commandId, actor } = commandContext(request);
        const id = createdIdOf(commandId, 'risk-backtest');
        await backtests.start({ id, ruleId, version: draft.version, candidate: draft.formula, published: inForce(loaded.state)?.formula ?? null, requestedBy: actor.id });
        return reply.code(201).header('location', `/v1/risk/backtests/${id}`).send({ id });
      });

      server.get('/v1/risk/backtests/:id', {
        config: { access: { permission: 'risk.read' } }, schema: { tags, summary: 'How far a backtest is, and what it gave', params: idParams, response: { 200: jobSchema } },
      }, async (request) => {
        const job = await backtests.find(request.params.id);
        if (!job) throw new Refusal({ code: 'backtest_not_found' });
        return jobView(job, reachOf(request.principal.rights, 'risk.read').everything);
      });
    },
  };
}

function jobView(job: BacktestJob, everybody: boolean): z.output<typeof jobSchema> {
  const { id, ruleId, version, requestedBy, requestedAt, status } = job;
  const told = { id, rule: ruleId, version, requestedBy, requestedAt: requestedAt.toISOString(), status };
  switch (job.status) {
    case 'running':
      return { ...told, progress: job.progress };
    case 'failed':
      return { ...told, reason: job.reason };
    case 'interrupted':
      return told;
    case 'done': {
      const { events, alerts, customers, byMonth, difference, shown, failure, cost } = job.result;
      const months = Object.entries(byMonth).sort(([a], [b]) => (a < b ? -1 : 1)).map(([month, count]) => ({ month, alerts: count }));
      const result = { events, alerts, customers, byMonth: months, ...(difference && { difference }), added: shown.added.map(shownView), lost: shown.lost.map(shownView), ...(failure && { failure }), cost };
      return { ...told, ...(everybody && { result }) };
    }
  }
}

const shownView = ({ customerId, at, cause, accounts, evidence }: WouldBe): z.output<typeof wouldBeSchema> => ({ customer: customerId, at, cause, accounts: [...accounts], facts: [...evidence] });
