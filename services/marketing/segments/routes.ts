import type { FastifyRequest } from 'fastify';
import type { Views } from '../../../shared/access/data-classes.js';
import { segmentDefinitionSchema, type SegmentDefinition } from '../../../shared/events/marketing/segment-events.js';
import { commandResultSchema, created, done } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { etagOf, requiredPrecondition } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { idParams } from '../../../shared/http/id-params.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import type { Loaded } from '../../../shared/records/record.js';
import { marketingCatalogue } from '../../evaluation/catalogue.js';
import { listRejections, segmentRejections } from '../rejections.js';
import { refuseHidden } from '../rule-classes.js';
import { segmentMemberRoutes, type MemberRoutesOptions } from './member-routes.js';
import { publicationBody, reasonBody, segmentSchema, type VersionView } from './bodies.js';
import { checkDefinition, describeDefinition, ruleOf, type KnownSegments } from './check-definition.js';
import type { Draft, KnownSegment, Released } from './state.js';

export type SegmentsModuleOptions = MemberRoutesOptions;

const tags = ['marketing'];
const writes = { idempotency: 'honoured', sends: ['ETag'], access: { permission: 'marketing.write-segments' } } as const;
const changes = { ...writes, ifMatch: true } as const;
const publishes = { ...changes, access: { permission: 'marketing.publish-segments' } } as const;
const response = { 200: commandResultSchema };

/** One segment: reading, writing, publishing, who is in and why. Lists are projections/marketing. */
export function segmentsModule(options: SegmentsModuleOptions): RouteModule {
  const { segments, known } = options;
  async function load(id: string): Promise<Loaded<KnownSegment>> {
    const loaded = await segments.load(id);
    if (!loaded) throw new Refusal({ code: 'segment_not_found' });
    return loaded;
  }
  const precondition = (request: FastifyRequest) => ({ precondition: requiredPrecondition(request) });

  return {
    name: 'marketing-segments',
    description: 'Segments: written by one person, published by another',
    rejections: [...segmentRejections, ...listRejections],
    routes(server) {
      segmentMemberRoutes(server, options);

      server.get('/v1/marketing/segments/:id', {
        config: { sends: ['ETag'], access: { permission: 'marketing.read' } }, schema: { tags, summary: 'A segment with what each of its versions says', params: idParams, response: { 200: segmentSchema } },
      }, async (request, reply) => {
        const { id } = request.params;
        const { state: { released, draft }, revision } = await load(id);
        const { nameOf } = await known();
        return reply.header('etag', etagOf(revision)).send({ id, revision: Number(revision), versions: [...released, ...(draft ? [draft] : [])].map((version) => versionView(version, nameOf)) });
      });

      server.post('/v1/marketing/segments', { config: writes, schema: { tags, summary: 'Draft a segment', body: segmentDefinitionSchema, response: { 201: commandResultSchema } } }, async (request, reply) => {
        const context = commandContext(request);
        const segmentId = createdIdOf(context.commandId, 'segment');
        const definition = request.body;
        refuseHiddenIn(definition, request.views);
        const faults = checkDefinition(marketingCatalogue, await known(), segmentId, definition);
        return created(reply, `/v1/marketing/segments/${segmentId}`, await segments.execute(segmentId, { kind: 'draft', segmentId, definition, faults }, context));
      });

      server.put('/v1/marketing/segments/:id', {
        config: changes, schema: { tags, summary: 'Revise the draft; where there is none, draft the next version', params: idParams, body: segmentDefinitionSchema, response },
      }, async (request, reply) => {
        const { params: { id }, body: definition } = request;
        refuseHiddenIn(definition, request.views);
        const faults = checkDefinition(marketingCatalogue, await known(), id, definition);
        return done(reply, await segments.execute(id, { kind: 'revise', definition, faults, ...precondition(request) }, commandContext(request)));
      });

      server.post('/v1/marketing/segments/:id/submission', { config: changes, schema: { tags, summary: 'Submit the draft for review', params: idParams, response } }, async (request, reply) =>
        done(reply, await segments.execute(request.params.id, { kind: 'submit', ...precondition(request) }, commandContext(request))));

      server.post('/v1/marketing/segments/:id/return', { config: publishes, schema: { tags, summary: 'Return what was submitted to its authors', params: idParams, body: reasonBody, response } }, async (request, reply) => {
        const context = commandContext(request);
        return done(reply, await segments.execute(request.params.id, { kind: 'return', by: context.actor, reason: request.body.reason, ...precondition(request) }, context));
      });

      server.post('/v1/marketing/segments/:id/publication', {
        config: publishes, schema: { tags, summary: 'Publish what others wrote and submitted: everybody is looked at, and from here on it is kept live', params: idParams, body: publicationBody, response },
      }, async (request, reply) => {
        const { id } = request.params;
        const context = commandContext(request);
        const { state: { draft } } = await load(id);
        const faults = draft ? checkDefinition(marketingCatalogue, await known(), id, draft.definition) : [];
        return done(reply, await segments.execute(id, { kind: 'publish', by: context.actor, hash: request.body.hash, faults, ...precondition(request) }, context));
      });

      server.post('/v1/marketing/segments/:id/withdrawal', { config: publishes, schema: { tags, summary: 'Withdraw the version in force: everybody leaves', params: idParams, body: reasonBody, response } }, async (request, reply) => {
        const { params: { id }, body: { reason } } = request;
        const usedBy = (await known()).usersOf(id);
        return done(reply, await segments.execute(id, { kind: 'withdraw', reason, usedBy, ...precondition(request) }, commandContext(request)));
      });

      server.post('/v1/marketing/segments/:id/resumption', { config: publishes, schema: { tags, summary: 'Evaluate a parked segment again', params: idParams, response } }, async (request, reply) =>
        done(reply, await segments.execute(request.params.id, { kind: 'resume', ...precondition(request) }, commandContext(request))));
    },
  };
}

function refuseHiddenIn(definition: SegmentDefinition, views: Views): void {
  const rule = ruleOf(definition);
  if (rule) refuseHidden(rule, views);
}

function versionView(version: Draft | Released, nameOf: KnownSegments['nameOf']): VersionView {
  const { definition: { description, ...definition }, status, hash, authors, draftedAt } = version;
  const text = describeDefinition(marketingCatalogue, nameOf, version.definition);
  return {
    version: version.version, status, ...definition, ...(description !== undefined && { description }), hash, ...(text && { text: { ...text } }), authors: [...new Set(authors.map(({ id }) => id))], draftedAt,
    ...('publishedBy' in version && { publishedBy: version.publishedBy.id, publishedAt: version.publishedAt, ...(version.endedAt !== null && { endedAt: version.endedAt }), ...(version.parked && { parked: version.parked }) }),
  };
}
