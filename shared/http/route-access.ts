import type { FastifyRequest, RouteOptions } from 'fastify';
import { z } from 'zod';
import type { ApprovalRule } from '../access/approval-rules.js';
import { classesByMember, isHidden } from '../access/member-classes.js';
import { PURPOSES, viewsFor, type DataClass, type Purpose, type Views } from '../access/data-classes.js';
import { fieldViewOf, shownForm, unclassified, type FieldView } from '../access/field-view.js';
import { ownChangeOf, type OwnChanges } from '../access/own-changes.js';
import { nothingTold, tellable, tellOf, type Tell, type Told } from '../access/told.js';
import type { Permission } from '../access/permissions.js';
import { decideAccess, reachOf, type Rights, type Target } from '../access/rights.js';
import { moneyOf, type Money } from '../kernel/money.js';
import { Refusal } from './context.js';
import { RequestInvalid, pointerOf } from './validation.js';

/** What a request is about, by the ids it names. */
export interface About {
  readonly kind: 'branch' | 'customer' | 'account' | 'account-number' | 'hold' | 'movement' | 'case';
  readonly id: string;
}

/** Not one record but the bank's whole books: only a permission that reaches all will do. */
export const EVERYTHING = 'everything';

/** Every route says what it needs; one that does not keeps the server from starting. */
export interface RouteAccess {
  readonly permission: Permission;
  /** The record it is about; the permission must reach it. Where it is absent the handler narrows its answer by `reachOf`. */
  readonly about?: (request: FastifyRequest) => About | typeof EVERYTHING;
  readonly amounts?: (request: FastifyRequest) => readonly Money[];
  /**
   * Further records that the body names: the permission must reach each of them too, or `orBy` must, for whom they may be beyond reach. Not asked of
   * where money goes: anybody may be paid.
   */
  readonly alsoAbout?: { readonly records: (request: FastifyRequest) => readonly About[]; readonly orBy?: Permission };
  /** What the body asks for beyond the route's own permission. */
  readonly further?: (request: FastifyRequest) => readonly Permission[];
  /** The body asks by its fields, or says what they shall be: those that are hidden from the reader are refused, because the answer would tell them. */
  readonly asksByBody?: true;
  /** Of customers: which fields of the body are theirs to change. */
  readonly ownFields?: OwnChanges;
  /** Of customers: whether this very request needs a fresh second factor. */
  readonly stepUp?: (request: FastifyRequest) => boolean | Promise<boolean>;
  /** The command makes a customer, whose id is made from the command's (`createdIdOf(commandId, 'customer')`): what waits for approval is sealed under that key. */
  readonly registersCustomer?: true;
  /** Asks for approval beyond the bank's rules, whatever they are: under which name, and how long the request waits. */
  readonly policy?: (request: FastifyRequest) => Promise<Pick<ApprovalRule, 'name' | 'expiresAfterMs'> | undefined>;
  /**
   * It never waits for approval: its answer shows a secret, once and to nobody but who asked, or nobody of staff could have sent it and so none could approve it,
   * or it takes a file, which a request for approval cannot hold.
   */
  readonly runsAtOnce?: true;
  /** Why somebody looks, where the body says so; else the header X-Reason does. */
  readonly reason?: (request: FastifyRequest) => string;
  /** The fields that are asked for by name, for the access log. */
  readonly fields?: (request: FastifyRequest) => readonly string[];
  /** Shows the bank's own books and records, no customer's. */
  readonly ofTheBank?: true;
  /** The class of what a list is sorted by, by the value of `sort` without its sign. */
  readonly sortsBy?: Readonly<Record<string, DataClass>>;
}

/** Finds what rights depend on; undefined where there is no such record. */
export type FindTarget = (about: About) => Promise<Target | undefined>;

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: RouteAccess;
    /** Made from the answer's schema. */
    readonly fieldView?: FieldView | undefined;
    /** Made from the answer's schema: what of whom an answer tells. */
    readonly tell?: Tell | undefined;
  }
  interface FastifyRequest {
    /** How much of each class the answer to this request shows. */
    views: Views;
    purpose: Purpose;
    /** As its sender says. */
    reason: string | undefined;
    /** What the answer told; absent until there is one, and of answers that tell of nobody. */
    told: Told | undefined;
    findTarget: FindTarget;
  }
}

/** At registration: the route must have declared its access, and every text of its answer a class; its answer's schema becomes what views leave of it. */
export function declareAccess(route: RouteOptions): void {
  const name = `${route.method.toString()} ${route.url}`;
  if (route.config?.access === undefined) throw new Error(`${name} does not say what it needs: config.access`);
  const responses = (route.schema?.response ?? {}) as Record<string, z.ZodType>;
  if (Object.keys(responses).length === 0) throw new Error(`${name} does not say what it answers: schema.response`);
  for (const [status, schema] of Object.entries(responses)) {
    const open = unclassified(schema);
    if (open.length > 0) throw new Error(`${name}: ${open.join(', ')} of its answer ${status} could hold anything: give it a class, or mark it internal (shared/access/classified.ts)`);
  }
  checkSubjects(name, Object.values(responses), route.config.access);
  // Copies: routes share schemas and configs, and a HEAD route is made from what its GET was given.
  const views = Object.values(responses).map(fieldViewOf).filter((view) => view !== undefined);
  if (views.length > 1) throw new Error(`${name} has more than one answer with fields to project`);
  const tells = Object.values(responses).map(tellOf).filter((tell) => tell !== undefined);
  route.config = { ...route.config, fieldView: views[0], tell: tells[0] };
  route.schema = { ...route.schema, response: Object.fromEntries(Object.entries(responses).map(([status, schema]) => [status, shownForm(schema)])) };
}

/** What is shown of customers must be in the access log with the customers' names: by ids in the answer, or by the one that the path names. */
function checkSubjects(name: string, responses: readonly z.ZodType[], { about, ofTheBank }: RouteAccess): void {
  const ofCustomers = responses.flatMap((schema) => tellable(schema).classes).filter((one) => one !== 'staff');
  if (ofCustomers.length === 0 || responses.some((schema) => tellable(schema).names.length > 0) || (about !== undefined && named.has(about)) || ofTheBank) return;
  throw new Error(`${name} shows ${[...new Set(ofCustomers)].join(', ')} and does not say of whom: mark the ids in its answer with subjectId (shared/access/classified.ts), or name the record by aboutParam`);
}

/** Before the body is looked at: whether the principal may do such a thing at all, and for which purpose it looks. */
export function checkPermission(request: FastifyRequest): void {
  const { access } = request.routeOptions.config;
  if (access === undefined) return;
  request.purpose = purposeOf(request);
  request.reason = reasonOf(request);
  request.views = viewsFor(request.purpose, request.principal.rights.views, request.reason !== undefined);
  refuse(decideAccess(request.principal.rights, { permission: access.permission }), access.permission);
}

/**
 * Nobody's and nowhere: reached by those who reach all. What does not exist is treated so, and therefore answered like what is out of reach:
 * otherwise the answers would tell which ids there are.
 */
const BEYOND_REACH: Target = { branch: '', customers: [] };

/**
 * Once the request is known to be well-formed: whether it may be done to this record, with this amount, by these fields. `of`: whose rights, where not
 * those of who sent it; `request.views` are then that person's too.
 */
export async function checkTarget(request: FastifyRequest, findTarget: FindTarget, of?: Rights): Promise<void> {
  const { access } = request.routeOptions.config;
  if (access === undefined) return;
  const rights = of ?? request.principal.rights;
  const { permission } = access;
  refuse(decideAccess(rights, { permission }), permission);
  const furtherPermissions = access.further?.(request) ?? [];
  for (const further of furtherPermissions) refuse(decideAccess(rights, { permission: further }), further);
  refuseHidden(request, access);
  if (access.reason !== undefined) request.reason = access.reason(request);
  const about = access.about?.(request);
  if ([permission, ...furtherPermissions].every((name) => rights.permits.get(name)!.some(({ scope, limits }) => scope === 'all' && limits === undefined))) return;
  const target = about === undefined ? undefined : about === EVERYTHING ? BEYOND_REACH : ((await findTarget(about)) ?? BEYOND_REACH);
  const refusal = decideAccess(rights, { permission, target, amounts: access.amounts?.(request) });
  if (refusal !== 'amount_over_limit') refuse(refusal, permission);
  for (const further of furtherPermissions) refuse(decideAccess(rights, { permission: further, target }), further);
  const { records, orBy } = access.alsoAbout ?? {};
  for (const record of records?.(request) ?? []) {
    const named = { target: (await findTarget(record)) ?? BEYOND_REACH };
    const beyond = decideAccess(rights, { permission, ...named });
    if (beyond !== undefined && (orBy === undefined || decideAccess(rights, { permission: orBy, ...named }) !== undefined)) refuse(beyond, permission);
  }
  refuse(refusal, permission);
}

/** Whether the route's permission reaches this record as well: what an answer shows of records beyond reach is for its handler to leave out. */
export async function reaches({ principal: { rights }, routeOptions, findTarget }: FastifyRequest, about: About): Promise<boolean> {
  const { permission } = routeOptions.config.access!;
  if (reachOf(rights, permission).everything) return true;
  return decideAccess(rights, { permission, target: (await findTarget(about)) ?? BEYOND_REACH }) === undefined;
}

/** Throws what is answered where nothing of that kind is within reach, be it there or not. */
export function refuseOutOfReach({ routeOptions }: FastifyRequest): never {
  const { permission } = routeOptions.config.access!;
  throw new Refusal({ code: 'outside_scope', detail: DETAILS.outside_scope(permission) });
}

/** After everything else that is asked of rights: of customers, whether the fields are theirs and the second factor is fresh. What was approved was asked for with one. */
export async function checkOwn(request: FastifyRequest): Promise<void> {
  const { principal, receivedAt, routeOptions, approvedRun } = request;
  const { access } = routeOptions.config;
  if (access === undefined || principal.kind !== 'customer' || approvedRun !== undefined) return;
  const { stepUp, ownFields } = access;
  if (ownFields !== undefined) refuseNotOwn(Object.keys((request.body ?? {}) as object), ownFields);
  if (stepUp === undefined || (principal.steppedUpUntil !== undefined && receivedAt < principal.steppedUpUntil)) return;
  if (await stepUp(request)) throw new Refusal({ code: 'step_up_required', detail: 'prove your second factor again: POST /v1/my/step-up, and send this again with the token that it gives' });
}

function refuseNotOwn(fields: readonly string[], ownFields: OwnChanges): void {
  const errors = fields.filter((field) => ownChangeOf(ownFields, field) === 'never').map((field) => ({ pointer: pointerOf([field]), code: 'field_not_yours', detail: 'is changed by staff only' }));
  if (errors.length > 0) throw new Refusal({ code: 'field_not_yours', detail: 'ask at the counter', errors });
}

/** The one place where an answer is cut to what its reader may see, and noted what of whom is left. */
export function shownTo(request: FastifyRequest, payload: unknown): unknown {
  const { fieldView, tell } = request.routeOptions.config;
  if (payload === null || typeof payload !== 'object') return payload;
  const shown = fieldView === undefined ? payload : (fieldView(payload, request.views) ?? {});
  if (tell !== undefined) tell(shown, request.views, toldBy(request));
  return shown;
}

/** For the handler to add to what its answer's schema does not say: a file, a stream, another route's body. */
export const toldBy = (request: FastifyRequest): Told => (request.told ??= nothingTold());

const MOST_REASON = 500;

/** Visible ASCII; what else there is percent-encoded, as in a URL, because headers have no letters but those. */
function reasonOf(request: FastifyRequest): string | undefined {
  const sent = request.headers['x-reason'];
  if (sent === undefined) return undefined;
  const reason = typeof sent === 'string' && /^[\x20-\x7e]+$/.test(sent) ? decoded(sent)?.trim() : undefined;
  if (reason === undefined || reason.length === 0 || reason.length > MOST_REASON || /\p{Cc}|\p{Surrogate}/u.test(reason))
    throw new RequestInvalid([{ pointer: 'header:X-Reason', code: 'format', detail: `must be 1 to ${MOST_REASON} characters; others than visible ASCII percent-encoded in UTF-8` }]);
  return reason;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function purposeOf(request: FastifyRequest): Purpose {
  const sent = request.headers['x-purpose'];
  if (sent === undefined) return 'service';
  const purpose = PURPOSES.find((one) => one === sent);
  if (purpose === undefined) throw new RequestInvalid([{ pointer: 'header:X-Purpose', code: 'value', detail: `must be one of ${PURPOSES.join(', ')}` }]);
  return purpose;
}

function refuseHidden(request: FastifyRequest, { asksByBody, sortsBy = {} }: RouteAccess): void {
  const schema = request.routeOptions.schema as { querystring?: z.ZodType; body?: z.ZodType } | undefined;
  const query = (request.query ?? {}) as Record<string, unknown>;
  const body = asksByBody ? ((request.body ?? {}) as Record<string, unknown>) : {};
  const hidden = [
    ...hiddenAmong(schema?.querystring, query, request.views).map((key) => `?${key}`),
    ...(asksByBody ? hiddenAmong(schema?.body, body, request.views).map((key) => pointerOf([key])) : []),
    ...[['?sort', query['sort']], ['/sort', body['sort']]].flatMap(([pointer, sort]) => {
      const sorted = typeof sort === 'string' ? sortsBy[sort.replace(/^-/, '')] : undefined;
      return sorted !== undefined && request.views[sorted] === 'hidden' ? [pointer as string] : [];
    }),
  ];
  if (hidden.length > 0) throw new Refusal({ code: 'field_hidden', detail: 'the answer would tell what is hidden from you', errors: hidden.map((pointer) => ({ pointer, code: 'field_hidden', detail: 'is hidden from you' })) });
}

function hiddenAmong(schema: z.ZodType | undefined, value: Readonly<Record<string, unknown>>, views: Views): string[] {
  if (schema === undefined) return [];
  const classes = classesByMember(schema);
  return Object.keys(value).filter((key) => (classes.get(key) ?? []).some((one) => isHidden(one, views)));
}

const DETAILS = {
  permission_missing: (permission: Permission) => `this needs the permission ${permission}`,
  outside_scope: (permission: Permission) => `there is no such record that your ${permission} reaches`,
  amount_over_limit: () => 'the amount is above your limit',
} as const;

function refuse(refusal: ReturnType<typeof decideAccess>, permission: Permission): void {
  if (refusal !== undefined) throw new Refusal({ code: refusal, detail: DETAILS[refusal](permission) });
}

/** Those that name one record whose data is a customer's. */
const named = new WeakSet<NonNullable<RouteAccess['about']>>();

/** The record that the path's `:id` names. */
export function aboutParam(kind: About['kind']): (request: FastifyRequest) => About {
  const about = (request: FastifyRequest): About => ({ kind, id: (request.params as { id: string }).id.toLowerCase() });
  if (kind !== 'branch') named.add(about);
  return about;
}

/** Every amount of a body that was validated. */
export function amountsIn(value: unknown): Money[] {
  if (typeof value !== 'object' || value === null) return [];
  const { amount, currency } = value as { amount?: unknown; currency?: unknown };
  if (typeof amount !== 'string' || typeof currency !== 'string') return Object.values(value).flatMap(amountsIn);
  return [moneyOf({ amount, currency })];
}
