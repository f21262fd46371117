import type { FastifyRequest } from 'fastify';
import type { DataClass, Purpose } from '../access/data-classes.js';
import { nothingTold, type Told } from '../access/told.js';
import type { Principal } from './context.js';
import { EVERYTHING, type About } from './route-access.js';

/** One request as the access log has it: who, what of whom, why, from where, and how it ended. No value of any field. */
export interface Access {
  readonly at: Date;
  readonly requestId: string;
  /** Absent where nobody was recognised. */
  readonly principal: Principal | undefined;
  /** Method and template: "GET /v1/customers/:id". */
  readonly route: string;
  readonly status: number;
  /** Of a refusal. */
  readonly code?: string;
  readonly purpose?: Purpose;
  readonly reason?: string;
  readonly address: string;
  readonly device: string;
  /** The record that the request named. */
  readonly about?: About;
  readonly customers: readonly string[];
  readonly accounts: readonly string[];
  readonly counterparties: readonly string[];
  readonly clear: readonly DataClass[];
  readonly masked: readonly DataClass[];
  /** Asked for by name. */
  readonly fields: readonly string[];
  /** Names of the parameters by which was searched. Their values may be personal and are not kept. */
  readonly criteria: readonly string[];
}

/** Where accesses are recorded. `services/accesses` has the bank's; tests of other things use `testing/no-access-log.ts`. */
export interface AccessLog {
  /** Resolves once the record outlives this process. Where it throws, what it tells of must not be answered. */
  record(access: Access): Promise<void>;
  /** A refusal, which showed nothing: recorded soon, repeats of it only counted. */
  refused(access: Access): void;
}

const PAGING = new Set(['limit', 'cursor', 'after', 'sort', 'order']);
const MOST_DEVICE = 200;
const MOST_CRITERIA = 50;

export function accessOf(request: FastifyRequest, status: number, code: string | undefined): Access {
  const { principal, routeOptions, told = nothingTold() } = request;
  const route = request.is404 ? '(none)' : `${request.method} ${routeOptions.url ?? '(none)'}`;
  const about = aboutOf(request);
  return {
    at: request.receivedAt ?? new Date(), requestId: request.id, principal, route, status,
    ...(code !== undefined && { code }),
    ...(request.purpose !== undefined && { purpose: request.purpose }),
    ...(request.reason !== undefined && { reason: request.reason }),
    address: request.ip, device: (request.headers['user-agent'] ?? '').slice(0, MOST_DEVICE),
    ...(about && { about }),
    ...subjectsOf(told, about),
    clear: [...told.clear], masked: [...told.masked],
    fields: status < 400 ? (routeOptions.config.access?.fields?.(request) ?? []) : [],
    criteria: criteriaOf(request),
  };
}

function subjectsOf(told: Told, about: About | undefined): Pick<Access, 'customers' | 'accounts' | 'counterparties'> {
  if (about?.kind === 'customer') told.customers.add(about.id);
  if (about?.kind === 'account') told.accounts.add(about.id);
  return { customers: [...told.customers], accounts: [...told.accounts], counterparties: [...told.counterparties].filter((id) => !told.accounts.has(id)) };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BRANCH = /^[A-Za-z0-9-]{1,20}$/;

/** What was refused may not have been looked at yet: what a stranger wrote is not kept, nor what is no id. */
function aboutOf(request: FastifyRequest): About | undefined {
  const { about } = request.routeOptions.config.access ?? {};
  if (about === undefined || request.principal === undefined) return undefined;
  try {
    const found = about(request);
    if (found === EVERYTHING) return undefined;
    return found.kind === 'account-number' || (found.kind === 'branch' ? BRANCH : UUID).test(found.id) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Of a query, and of a search's body; what a command asks for is in its event. */
function criteriaOf({ query, body, routeOptions, principal }: FastifyRequest): string[] {
  if (principal === undefined) return [];
  const ofBody = routeOptions.config.tell !== undefined && routeOptions.config.projection !== undefined ? body : undefined;
  const names = [...Object.keys((query as object | undefined) ?? {}), ...Object.keys((ofBody as object | undefined) ?? {})];
  return names.filter((name) => !PAGING.has(name) && /^[A-Za-z.]{1,40}$/.test(name)).slice(0, MOST_CRITERIA);
}
