import { isDeepStrictEqual } from 'node:util';
import { atLeast, nothingShown, PURPOSES, viewsFor, viewsFrom, type DataClass, type Purpose, type View, type Views } from '../../../shared/access/data-classes.js';
import { defaultRoles } from '../../../shared/access/default-roles.js';
import type { Permission } from '../../../shared/access/permissions.js';
import { HEAD_OFFICE } from '../../../shared/access/rights.js';
import { askAt, must, type Ask } from './exchange.js';
import type { Facts, Held, Reader } from './facts.js';
import { renew, type Session } from './session.js';

/** head-office > NORTH > NORTH-1, head-office > SOUTH: with each branch those that it reaches. */
const BELOW: Readonly<Record<string, readonly string[]>> = { [HEAD_OFFICE]: [HEAD_OFFICE, 'NORTH', 'NORTH-1', 'SOUTH'], NORTH: ['NORTH', 'NORTH-1'], 'NORTH-1': ['NORTH-1'], SOUTH: ['SOUTH'] };
const AT: Readonly<Record<string, string>> = { teller: 'NORTH', 'relationship-manager': 'NORTH', approver: 'NORTH', 'branch-manager': 'NORTH' };
/** What is never lent to who acts in another's place. */
const NOT_LENT: readonly string[] = ['access.administer', 'access.act-as', 'approvals.decide', 'marketing.publish-segments', 'risk.publish-rules', 'sessions.revoke', 'self.use'];

/** Asked in too, although it narrows nothing: a purpose must not widen either. */
const OWN_PURPOSE: Readonly<Record<string, Purpose>> = { 'risk-officer': 'risk', marketer: 'marketing', auditor: 'audit' };
const isNarrowed = (purpose: Purpose, views: Views): boolean => !isDeepStrictEqual(viewsFor(purpose, views), viewsFor('service', views));

interface Person {
  readonly id: string;
  readonly session: Session;
}

export interface People {
  readonly readers: readonly Reader[];
  readonly ids: ReadonlyMap<string, string>;
  readonly renewSessions: () => Promise<void>;
}

interface RoleHeld {
  readonly held: readonly Held[];
  readonly views: Views;
}

function roleHeld(name: string, branch: string): RoleHeld {
  const role = defaultRoles.find((one) => one.name === name)!;
  return { held: role.permits.map(({ permission, scope, commands }) => ({ permission, scope, commands, branches: new Set(BELOW[branch]) })), views: viewsFrom(role.views) };
}

const clearest = (a: Views, b: Views): Views => Object.fromEntries(Object.keys(a).map((name) => [name, atLeast(a[name as DataClass], b[name as DataClass])])) as unknown as Views;
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** One person for each role a bank is founded with, each in every purpose that narrows what they see, and everybody else who may stand before the door. */
export async function hirePeople(url: string, bank: Ask, facts: Facts): Promise<People> {
  const ids = new Map<string, string>();
  const readers: Reader[] = [];
  const sessions: Session[] = [];
  const byName = new Map<string, Session>();
  const add = (name: string, holder: string, session: Session | undefined, headers: Record<string, string>, { held, views }: RoleHeld, more: { plain?: boolean; self?: string } = {}) =>
    void readers.push({ name, holder, held, views, plain: true, ...more, get headers() {
      return { ...(session && { authorization: session.authorization }), ...headers };
    } });
  for (const [code, parent] of [['NORTH', HEAD_OFFICE], ['NORTH-1', 'NORTH'], ['SOUTH', HEAD_OFFICE]]) await must(bank, 'POST', '/v1/branches', { code, title: `Branch ${code}`, parent });

  async function hire(username: string, branch: string, roles: readonly string[]): Promise<Person> {
    const number = String(ids.size + 10);
    const person = { name: `Quirin Staffel-${number} Ozorn`, email: `gasthof.${number}@staffmail-qx${number}.example`, phone: `+4478112904${number}` };
    const { id } = await must(bank, 'POST', '/v1/staff', { username, branch, person });
    const told = facts.of(`staff ${username}`, { permissions: ['access.read'], owners: [{ branch }], about: id });
    for (const text of [username, ...Object.values(person)]) told('staff', text);
    ids.set(username, id);
    for (const role of roles) await must(bank, 'POST', `/v1/staff/${id}/assignments`, { role, branch }, { 'if-match': '*' });
    const { token } = await must<{ token: string }>(bank, 'POST', `/v1/staff/${id}/invitation`);
    const secret = facts.of(`staff ${username}`, { permissions: [], owners: [] });
    const password = secret('secret', `granite-${number}-parasol-ferry-71`, { what: 'password' });
    await must(bank, 'POST', '/v1/invitations', { token: secret('secret', token, { what: 'invitation' }), password });
    const device = facts.of(`staff ${username}`, { permissions: [], owners: [], only: id })('record', `Device-of-${number}-quebrada`);
    const { accessToken, refreshToken } = await must<{ accessToken: string; refreshToken: string }>(askAt(url, {}), 'POST', '/v1/sign-in', { username, password }, { 'user-agent': device });
    const session: Session = { path: '/v1', authorization: `Bearer ${secret('secret', accessToken, { what: 'access token' })}`, refreshToken: secret('secret', refreshToken, { what: 'refresh token' }) };
    sessions.push(session);
    return { id, session };
  }

  for (const { name } of defaultRoles) {
    const { id, session } = await hire(`walk.${name}`, AT[name] ?? HEAD_OFFICE, [name]);
    const role = roleHeld(name, AT[name] ?? HEAD_OFFICE);
    byName.set(name, session);
    add(name, id, session, {}, role, { self: id });
    for (const purpose of PURPOSES.filter((one) => OWN_PURPOSE[name] === one || isNarrowed(one, role.views)))
      add(`${name} for ${purpose}`, id, session, { 'x-purpose': purpose }, { ...role, views: viewsFor(purpose, role.views) }, { plain: false, self: id });
  }

  const nobody = await hire('walk.nobody', 'NORTH', []);
  add('somebody without a role', nobody.id, nobody.session, {}, { held: [], views: nothingShown });

  const former = await hire('walk.former', 'NORTH', ['teller']);
  const { assignments } = await must<{ assignments: { id: string }[] }>(bank, 'GET', `/v1/staff/${former.id}?after=0`);
  await must(bank, 'DELETE', `/v1/staff/${former.id}/assignments/${assignments[0]!.id}`, undefined, { 'if-match': '*' });
  add('a former teller', former.id, former.session, {}, { held: [], views: nothingShown });

  const suspended = await hire('walk.suspended', 'NORTH', ['auditor']);
  const reason = facts.of('staff walk.suspended', { permissions: ['access.read'], owners: [{ branch: 'NORTH' }] });
  await must(bank, 'PUT', `/v1/staff/${suspended.id}/suspension`, { reason: reason('staff', 'suspension-zirkon-8812', { silent: true }) }, { 'if-match': '*' });
  add('a suspended auditor', suspended.id, suspended.session, {}, { held: [], views: nothingShown });

  const granted = await hire('walk.granted', HEAD_OFFICE, ['marketer']);
  const grantTold = facts.of('staff walk.granted', { permissions: ['access.read'], owners: [{ branch: HEAD_OFFICE }] });
  await must(bank, 'POST', `/v1/staff/${granted.id}/grants`, { kind: 'role', role: 'risk-officer', branch: HEAD_OFFICE, until: inDays(2), reason: grantTold('staff', 'grant-olivin-3391') }, { 'if-match': '*' });
  const [marketer, risk] = [roleHeld('marketer', HEAD_OFFICE), roleHeld('risk-officer', HEAD_OFFICE)];
  add('a marketer with a risk officer\'s grant', granted.id, granted.session, {}, { held: [...marketer.held, ...risk.held], views: clearest(marketer.views, risk.views) }, { self: granted.id });

  const wider = await hire('walk.wider', 'NORTH', ['teller']);
  const permit = { permission: 'customers.read', scope: 'all' } as const;
  await must(bank, 'POST', `/v1/staff/${wider.id}/grants`, { kind: 'permission', permit, branch: HEAD_OFFICE, until: inDays(2), reason: 'wider' }, { 'if-match': '*' });
  const teller = roleHeld('teller', 'NORTH');
  add('a teller who may read everywhere for a time', wider.id, wider.session, {}, { ...teller, held: [...teller.held, { ...permit, branches: new Set(BELOW[HEAD_OFFICE]) }] }, { self: wider.id });

  const administrator = byName.get('administrator')!;
  const actTold = facts.of('staff walk.administrator', { permissions: ['access.read'], owners: [{ branch: HEAD_OFFICE }] });
  await must(askAt(url, { authorization: administrator.authorization }), 'POST', '/v1/act-as', { staffId: ids.get('walk.teller'), until: inDays(0.1), reason: actTold('staff', 'act-as-peridot-7740') });
  add('the administrator as the teller', ids.get('walk.teller')!, administrator, { 'x-act-as': ids.get('walk.teller')! }, { ...teller, held: teller.held.filter(({ permission }) => !NOT_LENT.includes(permission)) });
  add('the teller as the auditor, never begun', '', byName.get('teller')!, { 'x-act-as': ids.get('walk.auditor')! }, { held: [], views: nothingShown });

  const permits = (['customers.read', 'customers.search', 'accounts.read', 'accounts.open'] satisfies Permission[]).map((permission) => ({ permission, scope: 'branch' as const }));
  const views = { name: 'clear', contact: 'masked', balances: 'masked', movements: 'clear' } satisfies Partial<Record<DataClass, View>>;
  const client = await must(bank, 'POST', '/v1/clients', { name: 'walk-client', permits, branch: 'NORTH', views });
  const { key } = await must<{ key: string }>(bank, 'POST', `/v1/clients/${client.id}/keys`, undefined, { 'if-match': '*' });
  facts.of('the client', { permissions: [], owners: [] })('secret', key, { what: 'key' });
  ids.set('client', client.id);
  add('a machine client', client.id, { path: '/v1', authorization: `Bearer ${key}`, refreshToken: '' }, {}, { held: permits.map((one) => ({ ...one, branches: new Set(BELOW['NORTH']) })), views: viewsFrom(views) });

  const opens = (['events.unseal', 'customers.read', 'accounts.read'] satisfies Permission[]).map((permission) => ({ permission, scope: 'all' as const }));
  const consumer = await must(bank, 'POST', '/v1/clients', { name: 'walk-consumer', permits: opens, branch: HEAD_OFFICE, views: { name: 'masked', contact: 'masked', 'free-text': 'clear' } });
  const its = await must<{ key: string }>(bank, 'POST', `/v1/clients/${consumer.id}/keys`, undefined, { 'if-match': '*' });
  facts.of('the consumer', { permissions: [], owners: [] })('secret', its.key, { what: 'key' });
  add('a downstream consumer', consumer.id, { path: '/v1', authorization: `Bearer ${its.key}`, refreshToken: '' }, {}, { held: opens.map((one) => ({ ...one, branches: new Set(BELOW[HEAD_OFFICE]) })), views: viewsFrom({ name: 'masked', contact: 'masked', 'free-text': 'clear' }) }, { plain: false });

  const watches = (['risk.read', 'risk.tell', 'marketing.read', 'marketing.write-segments'] satisfies Permission[]).map((permission) => ({ permission, scope: 'branch' as const }));
  const watching = { marketing: 'clear', movements: 'masked', income: 'masked' } satisfies Partial<Record<DataClass, View>>;
  const program = await must(bank, 'POST', '/v1/clients', { name: 'walk-watching', permits: watches, branch: 'NORTH', views: watching });
  const programs = await must<{ key: string }>(bank, 'POST', `/v1/clients/${program.id}/keys`, undefined, { 'if-match': '*' });
  facts.of('the watching client', { permissions: [], owners: [] })('secret', programs.key, { what: 'key' });
  add('a client that watches a branch', program.id, { path: '/v1', authorization: `Bearer ${programs.key}`, refreshToken: '' }, {}, { held: watches.map((one) => ({ ...one, branches: new Set(BELOW['NORTH']) })), views: viewsFrom(watching) });

  add('nobody signed in', '', undefined, {}, { held: [], views: nothingShown });
  add('somebody with a token of their own making', '', undefined, { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.' }, { held: [], views: nothingShown });
  async function renewSessions(): Promise<void> {
    for (const session of sessions) await renew(url, session);
  }
  return { readers, ids, renewSessions };
}
