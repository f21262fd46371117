import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { internal } from '../../../shared/access/classified.js';
import { formulaSchema, type Formula } from '../../../shared/events/risk/rule-events.js';
import { severitySchema } from '../../../shared/events/risk/values.js';
import { commandResultSchema, created, done } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { etagOf, requiredPrecondition } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { idParams } from '../../../shared/http/id-params.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import type { Loaded } from '../../../shared/records/record.js';
import { ruleRejections } from '../rejections.js';
import type { Rules } from './rules.js';
import type { Draft, KnownRule, Released } from './state.js';

export interface RulesModuleOptions {
  readonly rules: Rules;
  /** Puts formulas in words, in both languages, with the segments' names of now; undefined where it is none that can be run any more. */
  readonly describe: () => Promise<(formula: Formula) => { readonly en: string; readonly zh: string } | undefined>;
}

const code = internal(z.string());
const time = z.iso.datetime();
const versionSchema = z.object({
  version: z.int(), status: z.enum(['draft', 'submitted', 'published', 'superseded', 'withdrawn']), name: code, kind: code, severity: severitySchema, trigger: code.nullable(), cooldown: code.optional(),
  tree: internal(z.record(z.string(), z.unknown())), hash: code, text: z.object({ en: code, zh: code }).optional(), authors: z.array(code), draftedAt: time,
  publishedBy: code.optional(), publishedAt: time.optional(), endedAt: time.optional(), parked: z.object({ code, cause: z.uuid(), since: time }).optional(),
});
const ruleSchema = z.object({ id: z.uuid(), revision: z.int(), versions: z.array(versionSchema) }).meta({ id: 'RiskRule', description: 'All versions, the draft last' });
const reasonBody = z.strictObject({ reason: z.string().trim().min(1).max(500) });
const publicationBody = z.strictObject({ hash: z.string().regex(/^[0-9a-f]{64}$/).meta({ description: 'Of the draft as it was reviewed' }) });

const tags = ['risk'];
const writes = { idempotency: 'honoured', sends: ['ETag'], access: { permission: 'risk.write-rules' } } as const;
const changes = { ...writes, ifMatch: true } as const;
const publishes = { ...changes, access: { permission: 'risk.publish-rules' } } as const;
const response = { 200: commandResultSchema };

/** One rule: reading, writing, publishing. Lists are projections/risk. */
export function rulesModule({ rules, describe }: RulesModuleOptions): RouteModule {
  async function known(id: string): Promise<Loaded<KnownRule>> {
    const loaded = await rules.load(id);
    if (!loaded) throw new Refusal({ code: 'risk_rule_not_found' });
    return loaded;
  }
  const precondition = (request: FastifyRequest) => ({ precondition: requiredPrecondition(request) });

  function versionView(version: Draft | Released, text: { readonly en: string; readonly zh: string } | undefined): z.output<typeof versionSchema> {
    const { formula: { cooldown, ...formula }, status, hash, authors, draftedAt } = version;
    return {
      version: version.version, status, ...formula, ...(cooldown !== undefined && { cooldown }), hash, ...(text && { text: { ...text } }), authors: [...new Set(authors.map(({ id }) => id))], draftedAt,
      ...('publishedBy' in version && { publishedBy: version.publishedBy.id, publishedAt: version.publishedAt, ...(version.endedAt !== null && { endedAt: version.endedAt }), ...(version.parked && { parked: version.parked }) }),
    };
  }

  return {
    name: 'risk-rules',
    description: 'Risk rules: written by one person, published by another',
    rejections: ruleRejections,
    routes(server) {
      server.get('/v1/risk/rules/:id', {
        config: { sends: ['ETag'], access: { permission: 'risk.read' } }, schema: { tags, summary: 'A rule with what each of its versions says', params: idParams, response: { 200: ruleSchema } },
      }, async (request, reply) => {
        const { id } = request.params;
        const { state: { released, draft }, revision } = await known(id);
        const inWords = await describe();
        return reply.header('etag', etagOf(revision)).send({ id, revision: Number(revision), versions: [...released, ...(draft ? [draft] : [])].map((version) => versionView(version, inWords(version.formula))) });
      });

      server.post('/v1/risk/rules', { config: writes, schema: { tags, summary: 'Draft a rule', body: formulaSchema, response: { 201: commandResultSchema } } }, async (request, reply) => {
        const context = commandContext(request);
        const ruleId = createdIdOf(context.commandId, 'risk-rule');
        const formula = request.body;
        return created(reply, `/v1/risk/rules/${ruleId}`, await rules.execute(ruleId, { kind: 'draft', ruleId, formula, faults: await rules.check(formula) }, context));
      });

      server.put('/v1/risk/rules/:id', {
        config: changes, schema: { tags, summary: 'Revise the draft; where there is none, draft the next version', params: idParams, body: formulaSchema, response },
      }, async (request, reply) => {
        const formula = request.body;
        return done(reply, await rules.execute(request.params.id, { kind: 'revise', formula, faults: await rules.check(formula), ...precondition(request) }, commandContext(request)));
      });

      server.post('/v1/risk/rules/:id/submission', { config: changes, schema: { tags, summary: 'Submit the draft for review', params: idParams, response } }, async (request, reply) =>
        done(reply, await rules.execute(request.params.id, { kind: 'submit', ...precondition(request) }, commandContext(request))));

      server.post('/v1/risk/rules/:id/return', { config: publishes, schema: { tags, summary: 'Return what was submitted to its authors', params: idParams, body: reasonBody, response } }, async (request, reply) => {
        const context = commandContext(request);
        return done(reply, await rules.execute(request.params.id, { kind: 'return', by: context.actor, reason: request.body.reason, ...precondition(request) }, context));
      });

      server.post('/v1/risk/rules/:id/publication', {
        config: publishes, schema: { tags, summary: 'Publish what others wrote and submitted: it is in force from here on', params: idParams, body: publicationBody, response },
      }, async (request, reply) => {
        const { id } = request.params;
        const context = commandContext(request);
        const { state: { draft } } = await known(id);
        const faults = draft ? await rules.check(draft.formula) : [];
        return done(reply, await rules.execute(id, { kind: 'publish', by: context.actor, hash: request.body.hash, faults, ...precondition(request) }, context));
      });

      server.post('/v1/risk/rules/:id/withdrawal', { config: publishes, schema: { tags, summary: 'Withdraw the version in force', params: idParams, body: reasonBody, response } }, async (request, reply) =>
        done(reply, await rules.execute(request.params.id, { kind: 'withdraw', reason: request.body.reason, ...precondition(request) }, commandContext(request))));

      server.post('/v1/risk/rules/:id/resumption', { config: publishes, schema: { tags, summary: 'Run a parked rule again', params: idParams, response } }, async (request, reply) =>
        done(reply, await rules.execute(request.params.id, { kind: 'resume', ...precondition(request) }, commandContext(request))));
    },
  };
}
