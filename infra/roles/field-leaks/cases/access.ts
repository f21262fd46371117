import { HEAD_OFFICE } from '../../../../shared/access/rights.js';
import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type Target, type World } from '../world.js';

const anyRevision = { 'if-match': '*' };
const stale = { 'if-match': '"999999"' };
const staff = (...names: readonly string[]) => ({ targets: ({ staff: ids }: World): Target[] => names.map((name) => ({ id: ids.get(name)!, owners: [{ branch: name === 'walk.teller' ? 'NORTH' : HEAD_OFFICE }] })), unknown: UNKNOWN });
const spareStaff = { targets: ({ spare }: World): Target[] => [{ id: spare.staff, owners: [{ branch: 'SOUTH' }] }], unknown: UNKNOWN };
/** Of the bank's own order, which everybody sees who may see staff. */
const everybodys = ['NORTH', 'SOUTH', HEAD_OFFICE].map((branch) => ({ branch }));
const branches = { targets: ({ spare }: World): Target[] => ['NORTH', 'SOUTH', spare.branch].map((id) => ({ id, owners: everybodys })), unknown: 'NOWHERE' };
const roles = { targets: ({ spare }: World): Target[] => ['teller', spare.role].map((id) => ({ id, owners: everybodys })), unknown: 'no-such-role' };
const clients = { targets: ({ spare, staff: ids }: World): Target[] => [{ id: ids.get('client')!, owners: [{ branch: HEAD_OFFICE }] }, { id: spare.client, owners: [{ branch: HEAD_OFFICE }] }], unknown: UNKNOWN };
const spareOf = (kind: 'branch' | 'role' | 'client', unknown: string) => ({ targets: ({ spare }: World): Target[] => [{ id: spare[kind], owners: [{ branch: HEAD_OFFICE }] }], unknown });
const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();
const nothing = { requests: () => [{ body: {}, headers: stale }, { body: {}, headers: anyRevision }, { body: {} }] };
const administers = { permission: 'access.administer' } as const;
const reads = { permission: 'access.read' } as const;

export const accessCases: readonly RouteCase[] = [
  {
    route: 'GET /v1/staff', ...reads, requests: () => [{}, { query: 'limit=1' }],
    asksBy: { branch: { hit: () => 'NORTH', miss: 'SOUTH' }, status: { hit: () => 'suspended', miss: 'left' } },
  },
  { route: 'GET /v1/staff/{id}', ...reads, ...staff('walk.teller', 'walk.auditor', 'walk.granted') },
  { route: 'GET /v1/branches', ...reads },
  { route: 'GET /v1/branches/{code}', ...reads, ...branches },
  { route: 'GET /v1/roles', ...reads },
  { route: 'GET /v1/roles/{name}', ...reads, ...roles },
  { route: 'GET /v1/clients', ...reads },
  { route: 'GET /v1/clients/{id}', ...reads, ...clients },
  {
    route: 'GET /v1/access/could-have', ...reads, requests: () => ['customers.read', 'access.administer', 'customers.unmask'].map((permission) => ({ query: `permission=${permission}&on=${tomorrow().slice(0, 10)}` })),
    asksBy: { permission: { hit: () => 'customers.read', along: { on: '2026-01-01' } }, branch: { hit: () => 'NORTH', along: { permission: 'customers.read', on: '2026-01-01' } }, on: { hit: () => '2026-01-01', along: { permission: 'customers.read' } } },
  },

  {
    route: 'POST /v1/staff', ...administers,
    requests: (_, __, { name }) => [{ body: { username: 'walk.teller', branch: 'NORTH', person: { name: 'x' } } }, { body: { username: `new.${name.replaceAll(/\W/g, '-')}`.slice(0, 32).toLowerCase(), branch: 'NORTH', person: { name: 'x' } } }, { body: { username: '!' } }],
  },
  { route: 'PATCH /v1/staff/{id}', ...administers, ...spareStaff, requests: () => [{ body: { username: 'walk.teller' }, headers: anyRevision }, { body: { branch: 'NORTH' }, headers: stale }, { body: { person: { name: 'Sidonia Neu' } }, headers: anyRevision }] },
  { route: 'PUT /v1/staff/{id}/suspension', ...administers, ...spareStaff, ...nothing },
  { route: 'POST /v1/staff/{id}/reinstatement', ...administers, ...spareStaff, ...nothing },
  { route: 'POST /v1/staff/{id}/assignments', ...administers, ...spareStaff, requests: () => [{ body: { role: 'teller', branch: 'SOUTH' }, headers: stale }, { body: { role: 'nothing', branch: 'NOWHERE' }, headers: anyRevision }, { body: { role: 'marketer', branch: 'SOUTH' }, headers: { ...anyRevision, 'idempotency-key': 'assign' } }] },
  { route: 'POST /v1/staff/{id}/grants', ...administers, ...spareStaff, requests: () => [{ body: { kind: 'role', role: 'auditor', branch: 'SOUTH', until: tomorrow(), reason: 'walk' }, headers: stale }, { body: { kind: 'role', role: 'auditor', branch: 'SOUTH', until: tomorrow(), reason: 'walk' }, headers: anyRevision }] },
  { route: 'DELETE /v1/staff/{id}/assignments/{item}', ...administers, ...spareStaff, item: ({ spare }) => spare.assignment, requests: () => [{ headers: stale }, { headers: anyRevision }] },
  { route: 'DELETE /v1/staff/{id}/grants/{item}', ...administers, ...spareStaff, item: ({ spare }) => spare.grant, requests: () => [{ headers: stale }, { headers: anyRevision }] },
  { route: 'POST /v1/staff/{id}/invitation', ...administers, ...spareStaff },
  { route: 'POST /v1/staff/{id}/lost-factors', ...administers, ...spareStaff, requests: () => [{ body: { reason: 'walk' }, headers: { 'idempotency-key': 'lost' } }, { body: {} }] },
  { route: 'PUT /v1/staff/{id}/openid-subject', ...administers, ...spareStaff, neverGood: 'the bank of the walk has no provider', requests: () => [{ body: { subject: 'walked' }, headers: anyRevision }, { body: { subject: '' }, headers: stale }] },
  { route: 'DELETE /v1/staff/{id}/openid-subject', ...administers, ...spareStaff, requests: () => [{ headers: stale }, { headers: anyRevision }] },
  { route: 'PUT /v1/staff/{id}/departure', ...administers, ...spareStaff, ...nothing },
  { route: 'POST /v1/act-as', permission: 'access.act-as', ...staff('walk.teller'), requests: (_, staffId) => [{ body: { staffId, until: '2020-01-01T00:00:00Z', reason: 'late' } }, { body: { staffId, until: 'x' } }, { body: { staffId, until: new Date(Date.now() + 3_600_000).toISOString(), reason: 'walk' } }] },
  { route: 'DELETE /v1/act-as/{id}', permission: 'access.act-as', targets: ({ spare }) => [{ id: spare.actAs, owners: everybodys }], unknown: UNKNOWN },
  { route: 'POST /v1/branches', ...administers, requests: () => [{ body: { code: 'NORTH', title: 'again', parent: HEAD_OFFICE } }, { body: { code: 'NEW', title: 'x', parent: 'NOWHERE' } }, { body: { code: 'WALKED', title: 'x', parent: 'SOUTH' } }] },
  { route: 'PATCH /v1/branches/{code}', ...administers, ...spareOf('branch', 'NOWHERE'), requests: () => [{ body: { title: 'again' }, headers: anyRevision }, { body: { parent: 'NOWHERE' }, headers: stale }] },
  { route: 'DELETE /v1/branches/{code}', ...administers, ...spareOf('branch', 'NOWHERE'), requests: () => [{ headers: stale }, { headers: anyRevision }] },
  { route: 'POST /v1/roles', ...administers, requests: () => [{ body: { name: 'teller', title: 'again', permits: [], views: {} } }, { body: { name: '!', permits: 1 } }, { body: { name: 'walked-role', title: 'x', permits: [], views: {} } }] },
  { route: 'PATCH /v1/roles/{name}', ...administers, ...spareOf('role', 'no-such-role'), requests: () => [{ body: { title: 'again' }, headers: anyRevision }, { body: { title: 'again' }, headers: stale }] },
  { route: 'DELETE /v1/roles/{name}', ...administers, ...spareOf('role', 'no-such-role'), requests: () => [{ headers: stale }, { headers: anyRevision }] },
  { route: 'POST /v1/clients', ...administers, requests: () => [{ body: { name: 'walk-client', permits: [], branch: 'NORTH', views: {} } }, { body: { name: '!' } }, { body: { name: 'walked-client', permits: [], branch: 'NORTH', views: {} } }] },
  { route: 'PATCH /v1/clients/{id}', ...administers, ...spareOf('client', UNKNOWN), requests: () => [{ body: { branch: 'NORTH' }, headers: stale }, { body: { branch: 'NOWHERE' }, headers: anyRevision }, { body: { branch: 'NORTH' }, headers: anyRevision }] },
  { route: 'POST /v1/clients/{id}/key-allowance', ...administers, ...spareOf('client', UNKNOWN), requests: () => [{ headers: stale }, { headers: anyRevision }, {}] },
  { route: 'POST /v1/clients/{id}/keys', ...administers, ...spareOf('client', UNKNOWN), requests: () => [{ headers: stale }, { headers: anyRevision }, {}] },
  { route: 'DELETE /v1/clients/{id}/keys/{key}', ...administers, item: ({ spare }) => spare.key, ...spareOf('client', UNKNOWN), requests: () => [{ headers: stale }, { headers: anyRevision }] },
  { route: 'DELETE /v1/clients/{id}', ...administers, ...spareOf('client', UNKNOWN), requests: () => [{ headers: stale }, { headers: anyRevision }] },
];
