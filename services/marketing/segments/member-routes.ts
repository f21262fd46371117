import { z } from 'zod';
import { reachOf, type Reach } from '../../../shared/access/rights.js';
import { commandAnswer } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { Refusal } from '../../../shared/http/context.js';
import { idParams } from '../../../shared/http/id-params.js';
import { aboutParam, toldBy } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import type { Records } from '../../../shared/records/record.js';
import { checkRule } from '../../../shared/rules/check.js';
import { marketingCatalogue } from '../../evaluation/catalogue.js';
import { decideList, listRecord } from '../lists/list.js';
import type { KeptCustomers } from '../preview/kept-occasions.js';
import { previewRule } from '../preview/preview.js';
import { classesOfRule, refuseHidden } from '../rule-classes.js';
import { listAnswerSchema, listBody, previewBody, previewSchema, whySchema } from './bodies.js';
import { describeDefinition, type KnownSegments } from './check-definition.js';
import type { Segments } from './segments.js';
import { kindOf } from './state.js';
import { classesShown, isMembership, membersRecord, turnView } from './why.js';

/** The latest stay of a customer in a segment, as the read model has it. */
export interface LatestStay {
  readonly version: number; readonly since: string; readonly because: string; readonly cause: string; readonly entered: bigint;
  readonly left: { readonly at: string; readonly because: string; readonly cause: string; readonly revision: bigint } | null;
}

export interface MemberRoutesOptions {
  readonly segments: Segments;
  readonly records: Records;
  /** The segments in force at this moment. */
  readonly known: () => Promise<KnownSegments>;
  readonly latestStay: (segmentId: string, customerId: string) => Promise<LatestStay | undefined>;
  readonly survivorOf: (customerId: string) => Promise<string>;
  /** Of the ids, those of customers within reach. */
  readonly reachedAmong: (ids: readonly string[], reach: Reach) => Promise<ReadonlySet<string>>;
  readonly keptCustomers: () => Promise<KeptCustomers | undefined>;
  readonly startOfDay: (date: string) => number;
}

const tags = ['marketing'];
const whyParams = idParams.extend({ segmentId: z.uuid().toLowerCase() });
/** A preview answers in time whatever it is asked. Who sees what it asks for masked is told tens and nothing below: one customer more or less would tell of that one. */
const [MILLISECONDS, MOST_SHOWN] = [3_000, 10];
const FEWEST = 10;

/** Who is in: uploading lists, trying a rule, and why somebody is in. */
export function segmentMemberRoutes(server: Parameters<RouteModule['routes']>[0], options: MemberRoutesOptions): void {
  const { segments, records, known, latestStay, survivorOf, reachedAmong, keptCustomers, startOfDay } = options;
  server.post('/v1/marketing/segments/:id/customers', {
    config: { idempotency: 'honoured', sends: ['ETag'], access: { permission: 'marketing.write-segments' } },
    schema: { tags, summary: 'Add customers to an uploaded list, and remove some', params: idParams, body: listBody, response: { 200: listAnswerSchema }, description: 'Lines that name nobody within reach are refused one by one; the others are taken.' },
  }, async (request, reply) => {
    const { params: { id }, body } = request;
    const loaded = await segments.load(id);
    if (!loaded) throw new Refusal({ code: 'segment_not_found' });
    if (kindOf(loaded.state) !== 'list') throw new Refusal({ code: 'segment_no_list' });
    const named = (['add', 'remove'] as const).flatMap((kind) => body[kind].map((line, index) => ({ kind, id: line.toLowerCase(), pointer: `/${kind}/${index}` })));
    const ids = named.map((line) => line.id).filter((one) => z.uuid().safeParse(one).success);
    const reached = await reachedAmong(ids, reachOf(request.principal.rights, 'marketing.write-segments'));
    const taken = named.filter((line) => reached.has(line.id));
    const [add, remove] = (['add', 'remove'] as const).map((kind) => taken.filter((line) => line.kind === kind).map((line) => line.id)) as [string[], string[]];
    const lines = named.filter((line) => !reached.has(line.id)).map(({ pointer }) => ({ pointer, code: 'customer_unknown' as const }));
    const result = await records.execute(listRecord, id, commandContext(request), ({ state }) => decideList(state, { segmentId: id, add, remove }));
    const { revision, position } = commandAnswer(result);
    return reply.send({ id, revision: Math.max(0, revision), position, lines });
  });

  server.post('/v1/marketing/segments/preview', {
    config: { access: { permission: 'marketing.write-segments', runsAtOnce: true } },
    schema: { tags, summary: 'Try a rule on the customers within reach: how many would be in, and some of them', body: previewBody, response: { 200: previewSchema } },
  }, async (request) => {
    const { refersTo, nameOf } = await known();
    const check = checkRule(request.body.tree, marketingCatalogue, { trigger: null, lists: refersTo, self: null });
    if (!check.ok) throw new Refusal({ code: 'segment_invalid', errors: check.errors.map(({ node, code, detail }) => ({ pointer: `/tree${node}`, code, detail })) });
    refuseHidden(check.rule, request.views);
    const reach = reachOf(request.principal.rights, 'marketing.write-segments');
    const kept = await keptCustomers();
    const found = kept ? await previewRule(check.rule, kept, { reached: (ids) => reachedAmong(ids, reach), startOfDay, milliseconds: MILLISECONDS }, MOST_SHOWN) : { count: 0, looked: 0, complete: false, sample: [] };
    const text = describeDefinition(marketingCatalogue, nameOf, { kind: 'dynamic', name: 'preview', tree: request.body.tree });
    const classes = classesOfRule(check.rule);
    const inClear = classes.every((one) => request.views[one] === 'clear');
    if (inClear) for (const one of classes) toldBy(request).clear.add(one);
    return {
      ...(inClear ? { count: found.count } : found.count < FEWEST ? { fewerThan: FEWEST } : { count: found.count - (found.count % FEWEST) }), looked: found.looked, complete: found.complete, asOf: momentText(kept?.state.clock), ...(inClear && { sample: [...found.sample] }),
      ...(text && { text: { ...text } }),
    };
  });

  server.get('/v1/customers/:id/segments/:segmentId', {
    config: { projection: 'marketing', access: { permission: 'marketing.read', about: aboutParam('customer') } },
    schema: { tags, summary: 'Why a customer is in a segment, since when, or why no longer', params: whyParams, response: { 200: whySchema } },
  }, async (request) => {
    const { segmentId } = request.params;
    const customer = await survivorOf(request.params.id);
    if (!(await segments.load(segmentId))) throw new Refusal({ code: 'segment_not_found' });
    const stay = await latestStay(segmentId, customer);
    if (!stay) return { customer, segment: segmentId, in: false };
    const { nameOf } = await known();
    const definition = await segments.definitionOf(segmentId, stay.version);
    const classes = classesShown(definition, request.views);
    for (const one of classes ?? []) toldBy(request).clear.add(one);
    const at = async (revision: bigint) => {
      const [found] = (await records.history(membersRecord, segmentId, { direction: 'forwards', from: revision, limit: 1 })) ?? [];
      return isMembership(found) ? found : undefined;
    };
    const seen = { definition, withValues: classes !== undefined, nameOf };
    const left = stay.left && (await at(stay.left.revision));
    return {
      customer, segment: segmentId, in: stay.left === null, entered: turnView({ ...stay, at: stay.since }, await at(stay.entered), seen),
      ...(stay.left && { left: turnView({ ...stay.left, version: left?.event.data.version ?? stay.version }, left ?? undefined, seen) }),
    };
  });
}

/** Before anything was evaluated there is no such moment. */
const momentText = (clock: number | undefined): string => new Date(Math.max(clock ?? 0, 0)).toISOString();
