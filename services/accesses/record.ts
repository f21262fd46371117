import { seal, type Envelope } from '../../shared/crypto/envelope.js';
import { HOUSE, type SubjectKey } from '../../shared/crypto/vault.js';
import { reasonBinding, type RecordedAccess } from '../../shared/events/accesses/events.js';
import type { Actor } from '../../shared/events/definition.js';
import type { Access } from '../../shared/http/access-record.js';

/** Under whose key the place somebody asked from is kept: their own. Programs have none, and who was not recognised is nobody. */
export const placeSubjectOf = ({ principal }: Access): string => (principal?.session === undefined ? HOUSE : principal.id);

/** Under whose key a reason is kept: the customer's where it concerns exactly one. */
export const reasonSubjectOf = (customers: readonly string[]): string => (customers.length === 1 ? customers[0]! : HOUSE);

export interface Sealed {
  readonly from?: Envelope | undefined;
  readonly reasonKey?: SubjectKey | undefined;
}

/** The line of the spool: what the log will have, word for word. Members that say nothing are left out. */
export function lineOf(access: Access, customers: readonly string[], times: number, { from, reasonKey }: Sealed, spool: string, number: number): string {
  const { about, reason } = access;
  const record: RecordedAccess = {
    number,
    at: access.at.toISOString(),
    requestId: access.requestId,
    actor: actorOf(access),
    ...(access.principal?.session && { sessionId: access.principal.session.id }),
    route: access.route,
    status: access.status,
    ...(access.code !== undefined && { code: access.code }),
    ...(times > 1 && { times }),
    ...(access.purpose !== undefined && { purpose: access.purpose }),
    // An account's number is personal.
    ...(about && about.kind !== 'customer' && about.kind !== 'account' && { about: about.kind === 'account-number' ? about.kind : `${about.kind} ${about.id}` }),
    ...some('customers', customers),
    ...some('accounts', access.accounts),
    ...some('counterparties', access.counterparties),
    ...some('clear', access.clear),
    ...some('masked', access.masked),
    ...some('fields', access.fields),
    ...some('criteria', access.criteria),
    ...(from && { from }),
    ...(reason !== undefined && reasonKey && { reason: seal(reason, reasonKey, reasonBinding(spool, number)) }),
  };
  return JSON.stringify(record);
}

const some = <Name extends string>(name: Name, values: readonly string[]): { [K in Name]?: string[] } => (values.length === 0 ? {} : { [name]: [...values] }) as { [K in Name]?: string[] };

function actorOf({ principal }: Access): Actor {
  if (!principal) return { id: 'nobody', role: 'none', channel: 'online' };
  const { id, role, branch, channel, actingAs } = principal;
  return { id, role, ...(branch !== undefined && { branch }), channel, ...(actingAs !== undefined && { actingAs }) };
}
