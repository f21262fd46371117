import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { defaultOwnChanges, ownChangeOf, type OwnChanges } from '../../shared/access/own-changes.js';
import type { Permission } from '../../shared/access/permissions.js';
import { HEAD_OFFICE, seesRestricted } from '../../shared/access/rights.js';
import { askedAs, customerView, customerViewSchema, withoutRestricted, type CustomerView } from '../../shared/events/customers/view.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import { commandResultSchema, created, done } from '../../shared/http/answers.js';
import { commandContext } from '../../shared/http/command-context.js';
import { etagOf, requiredPrecondition } from '../../shared/http/conditional.js';
import { Refusal } from '../../shared/http/context.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../shared/http/cursor.js';
import { momentSchema } from '../../shared/http/moments.js';
import { asksForPosition } from '../../shared/http/read-your-writes.js';
import { aboutParam, type About } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { onlyAsked, unmask, unmaskAccess, unmaskBodyOf } from '../../shared/http/unmasking.js';
import { withChecks } from '../../shared/http/validation.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import { createRecords, type Loaded } from '../../shared/records/record.js';
import { candidatesSchema, historyItemSchema, patchBody, registerBody } from './bodies.js';
import { createCustomers, todayIn, type CustomersOptions } from './customers.js';
import { isUnderWay } from './erasure/progress.js';
import { historyItem } from './history.js';
import type { Json } from './merge-patch.js';
import { historyPage, historyPlaceSchema } from './merging/history-page.js';
import { createPeople } from './merging/person.js';
import { mergedIds } from './merging/progress.js';
import { addMergeRoutes } from './merging/routes.js';
import { CONTACT_FIELDS } from './new-contacts.js';
import { customerRejections } from './rejections.js';
import { customerRecord, type CustomerState } from './state.js';
import { profileFaults } from './validation/profile-faults.js';

export interface CustomersModuleOptions extends CustomersOptions {
  /** Which fields customers change themselves; shared/access/own-changes.ts. */
  readonly ownChanges?: OwnChanges;
  readonly now: () => Date;
  /** The read model's view of a customer; undefined where it has none (yet). `fresh`: not one from a cache. */
  readonly currentView: (id: string, fresh: boolean) => Promise<CustomerView | undefined>;
}

const params = z.strictObject({ id: z.uuid().toLowerCase() });
const about = aboutParam('customer');
/** A customer is registered with a branch: one's own where the body names none. */
const aboutBranch = ({ body, principal }: FastifyRequest): About => ({ kind: 'branch', id: (body as { branch?: string }).branch ?? principal.branch ?? HEAD_OFFICE });
/** Whose customer it is decides who may see it: to change that is more than to change the record. */
const further = ({ body }: FastifyRequest): Permission[] => ('branch' in (body as object) || 'manager' in (body as object) ? ['customers.assign'] : []);
const seesAll = ({ principal: { rights }, purpose }: FastifyRequest): boolean => seesRestricted(rights, purpose);
const tags = ['customers'];
const notFound = () => new Refusal({ code: 'customer_not_found' });

/** Commands, history and "as of". Lists and searches are projections/customers. */
export function customersModule(options: CustomersModuleOptions): RouteModule {
  const { now, currentView, timeZone, ownChanges = defaultOwnChanges } = options;
  const customers = createCustomers(options);
  const records = createRecords(options);
  const people = createPeople(options.store);
  const today = todayIn(timeZone);
  const faults = (candidate: unknown) => profileFaults(candidate, today(now()));
  const registered = async (id: string) => viewOf(id, await records.load(customerRecord, id)) !== undefined;
  /** Of a restricted record most see that it is there and since when, and nothing else. */
  const shown = (request: FastifyRequest, view: CustomerView): CustomerView => ((view.status === 'restricted' || view.status === 'erasing') && !seesAll(request) ? withoutRestricted(view) : view);
  const isKeptOnly = async (request: FastifyRequest, id: string): Promise<boolean> => {
    if (seesAll(request)) return false;
    const state = (await records.load(customerRecord, id))?.state;
    return state !== undefined && state.status !== 'absent' && (state.restriction !== null || isUnderWay(state.erasure));
  };
  // A patch may leave out what the record has.
  const patchFaults = (candidate: unknown) => faults(candidate).filter(({ code }) => code !== 'required');

  return {
    name: 'customers',
    description: 'Customers: registration, changes, history, the record as of any moment, lists and searches',
    rejections: customerRejections,
    problemMembers: { customer_duplicate: { candidates: candidatesSchema }, customer_probable_duplicate: { candidates: candidatesSchema } },
    routes(server) {
      server.post('/v1/customers', {
        config: { idempotency: 'honoured', sends: ['ETag', 'Location'], access: { permission: 'customers.register', about: aboutBranch, registersCustomer: true } },
        schema: { tags, summary: 'Register a customer', body: withChecks(registerBody.clone(), faults), response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { manager, channel, notDuplicateOf, branch = request.principal.branch, ...profile } = request.body;
        const context = commandContext(request, channel);
        const result = await customers.register({
          customerId: createdIdOf(context.commandId, 'customer'),
          profile: profile as Profile,
          ...(branch !== undefined && { branch }),
          ...(manager !== undefined && { manager }),
          ...(notDuplicateOf !== undefined && { notDuplicateOf }),
        }, context);
        return created(reply, `/v1/customers/${result.id}`, result);
      });

      server.patch('/v1/customers/:id', {
        config: { idempotency: 'honoured', ifMatch: true, sends: ['ETag'], access: { permission: 'customers.update', about, asksByBody: true, further, ownFields: ownChanges, stepUp: () => true } },
        schema: {
          tags, summary: 'Change a customer', consumes: ['application/json', 'application/merge-patch+json'],
          description: 'RFC 7396 merge of the customer\'s fields; reason, evidence, channel, branch and manager stand beside them. What changes nothing records nothing.',
          params, body: withChecks(patchBody.clone(), patchFaults), response: { 200: commandResultSchema },
        },
      }, async (request, reply) => {
        const { branch, manager, channel, reason, evidence, ...patch } = request.body;
        const result = await customers.update({
          customerId: request.params.id,
          patch: patch as Record<string, Json>,
          precondition: requiredPrecondition(request),
          ...(branch !== undefined && { branch: branch as string }),
          ...(manager !== undefined && { manager: manager as string | null }),
          ...(reason !== undefined && { reason }),
          ...(evidence !== undefined && { evidence }),
          ...(request.principal.kind === 'customer' && { nothingNewIn: CONTACT_FIELDS.filter((field) => ownChangeOf(ownChanges, field) === 'at-once') }),
        }, commandContext(request, channel));
        return done(reply, result);
      });

      server.get('/v1/customers/:id', {
        config: { projection: 'customers', sends: ['ETag'], access: { permission: 'customers.read', about } },
        schema: {
          tags, summary: 'A customer, now or as of a moment', params,
          querystring: z.strictObject({ asOf: momentSchema.optional() }),
          response: { 200: customerViewSchema },
        },
      }, async (request, reply) => {
        const { id } = request.params;
        const { asOf } = request.query;
        if (asOf === undefined) {
          // A customer registered a moment ago may not have reached the read model; the log knows.
          const view = (await currentView(id, asksForPosition(request))) ?? (await viewInLog(id, (one) => records.load(customerRecord, one)));
          if (!view) throw notFound();
          return reply.header('etag', etagOf(view.revision)).send(shown(request, view));
        }
        const view = await viewInLog(id, (one) => records.asOf(customerRecord, one, new Date(asOf)));
        if (view) return reply.send((await isKeptOnly(request, await people.survivorOf(id))) ? withoutRestricted(view) : view);
        throw (await registered(id)) ? new Refusal({ code: 'customer_not_yet_registered' }) : notFound();
      });

      server.post('/v1/customers/:id/unmask', {
        config: { limit: 'unmask', access: unmaskAccess(about) },
        schema: {
          tags, summary: 'See masked fields whole, with a reason', params, body: unmaskBodyOf(customerViewSchema), response: { 200: customerViewSchema },
          description: 'Only what you see masked; what is hidden from you stays so. Who saw which fields, and why, is in the access log before this is answered.',
        },
      }, async (request) => {
        const { id } = request.params;
        const fields = unmask(request, customerViewSchema);
        const view = (await currentView(id, true)) ?? (await viewInLog(id, (one) => records.load(customerRecord, one)));
        if (!view) throw notFound();
        return onlyAsked(shown(request, view), customerViewSchema, fields);
      });

      server.get('/v1/customers/:id/history', {
        config: { access: { permission: 'customers.read', about } },
        schema: {
          tags, summary: 'Every change of a customer, from the log itself', params,
          querystring: z.strictObject({ limit: limitSchema, cursor: cursorSchema, order: z.enum(['asc', 'desc']).optional().meta({ description: 'asc (oldest first) where absent' }) }),
          response: { 200: z.object({ items: z.array(historyItemSchema), nextCursor: nextCursorSchema }) },
        },
      }, async (request) => {
        const { id } = request.params;
        const { limit = DEFAULT_LIMIT, cursor, order = 'asc' } = request.query;
        const place = cursor === undefined ? undefined : decodeCursor(request, historyPlaceSchema, cursor, { id, order });
        const ids = await people.idsOf(id);
        const page = await historyPage(records, ids, { order, limit, place });
        // A claim that lapsed may be all there is: nobody was registered under this id.
        if (!page || (page.events.every(({ event }) => event.type === 'CustomerIdentityClaimLapsed') && !(await registered(id)))) throw notFound();
        const items = page.events.map(historyItem);
        const hidden = await isKeptOnly(request, ids[0]!);
        return { items: hidden ? items.map(({ reason: _, evidence: __, ...item }) => ({ ...item, changes: [] })) : items, ...(page.next && { nextCursor: encodeCursor(request, page.next, { id, order }) }) };
      });

      addMergeRoutes(server, { merges: customers, people, records });
    },
  };
}

export function viewOf(id: string, loaded: Loaded<CustomerState> | undefined): CustomerView | undefined {
  if (!loaded || loaded.state.status === 'absent') return undefined;
  const { state, revision } = loaded;
  return customerView({ id, revision: Number(revision), ...state, mergedIds: mergedIds(state.merging), restricted: state.restriction !== null, erasing: isUnderWay(state.erasure) }, state.status === 'active' ? state.profile : undefined);
}

/** Of the record that the id stood for in what `load` gives: its own, or the one it was merged into. */
async function viewInLog(askedId: string, load: (id: string) => Promise<Loaded<CustomerState> | undefined>): Promise<CustomerView | undefined> {
  for (let id = askedId; ;) {
    const loaded = await load(id);
    const into = loaded && loaded.state.status !== 'absent' ? loaded.state.merging.mergedInto : null;
    if (into === null) {
      const view = viewOf(id, loaded);
      return view && askedAs(view, askedId);
    }
    id = into.customerId;
  }
}
