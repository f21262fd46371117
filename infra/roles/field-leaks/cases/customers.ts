import type { AskedBy, RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';
import { tellsWhoAsked } from './access-log.js';

const told = (world: World, start: string): string => world.facts.all.find(({ clear }) => clear.startsWith(start))!.clear;
const by = (dataClass: AskedBy['dataClass'], hit: unknown, miss: unknown, more: Partial<AskedBy> = {}): AskedBy =>
  ({ ...(dataClass !== undefined && { dataClass }), hit: () => hit, miss, ...more });
const balance = (hit: unknown, miss: unknown) => by('balances', hit, miss, { along: { currency: 'CNY' } });
const exactly = { maskedWillDo: true };

const filters = {
  name: by('name', 'Zephyrine11', 'Nobody Atall'),
  idNumber: by('identity-number', 'QZX908172611K', 'QZX900000000K', exactly),
  phone: by('contact', '+8613766048211', '+8613700099999', exactly),
  accountNumber: { dataClass: 'account-number', maskedWillDo: true, hit: (world: World) => world.facts.all.find(({ dataClass }) => dataClass === 'account-number')!.clear, miss: '6299999999' },
  kind: by(undefined, 'individual', 'corporate'),
  status: by(undefined, 'active', 'erased'),
  branch: by(undefined, 'NORTH-1', 'NOWHERE'),
  product: by('balances', 'demand-savings', 'current-overdraft'),
  currency: by('balances', 'CNY', 'KWD'),
  balanceFrom: balance('379661835081.56', '9999999999999.00'),
  balanceTo: balance('379661835081.56', '0.00'),
  accountStatus: by('balances', 'open', 'frozen'),
  sex: by('identity', 'female', 'unknown'),
  cityCode: by('contact', '310111', '000000', exactly),
  incomeBand: by('income', 'over-1m', '50k-200k', exactly),
  riskLevel: by('preferences', 'aggressive', 'conservative'),
  tag: by('marketing', 'Orchesterloge11', 'Orchesterloge'),
  registeredFrom: by(undefined, '2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z'),
  registeredTo: by(undefined, '2099-01-01T00:00:00Z', '2020-01-01T00:00:00Z'),
  sort: by('identity', '-birthYear', 'birthYear', exactly),
} satisfies Record<string, AskedBy>;

const born = (asText: (year: number) => unknown) => ({ bornFrom: by('identity', asText(1967), asText(1999), exactly), bornTo: by('identity', asText(1967), asText(1901), exactly) });
const patches: readonly object[] = [
  { phones: ['+8613766048211'] }, { name: 'Zephyrine11 Wolkenstein' }, { income: { amount: '1853440291711.47', currency: 'CNY' } }, { email: 'no address', phones: ['1'], sex: 'none' }, { branch: 'SOUTH' },
];

const why = 'case 71 of the walk';
const unmasked = ['name', 'phones', 'idDocument', 'income', 'sex', 'legalRepresentative', 'creditCode'];
const spareAndFar = ({ customers, spare }: World) => [{ id: spare.customer, owners: customers[0]!.owners }, customers[1]!];

export const customerCases: readonly RouteCase[] = [
  { route: 'GET /v1/customers', permission: 'customers.search', requests: () => [{}, { query: 'limit=7&sort=birthYear' }], asksBy: { ...filters, ...born(String) } },
  { route: 'POST /v1/customers/search', permission: 'customers.search', requests: () => [{ body: {} }, { body: { limit: 7, sort: '-birthYear' } }], asksBy: { ...filters, ...born((year) => year) } },
  {
    route: 'GET /v1/customers/{id}', permission: 'customers.read', targets: ({ customers }) => customers, unknown: UNKNOWN,
    requests: () => [{}, { query: 'asOf=2099-01-01T00:00:00Z' }, { query: `asOf=${encodeURIComponent(new Date().toISOString())}` }, { query: 'asOf=2020-01-01T00:00:00Z' }],
  },
  {
    route: 'GET /v1/customers/{id}/history', permission: 'customers.read', targets: ({ customers }) => customers, unknown: UNKNOWN,
    requests: () => [{}, { query: 'limit=1' }, { query: 'order=desc' }],
  },
  {
    route: 'POST /v1/customers/{id}/unmask', permission: 'customers.unmask', unmasks: true, targets: ({ customers }) => customers, unknown: UNKNOWN,
    requests: () => [...unmasked.map((field) => ({ body: { fields: [field], reason: why } })), { body: { fields: ['phones'] } }, { body: { fields: ['surplus'], reason: why } }],
  },
  { route: 'GET /v1/customers/{id}/portable-data', permission: 'customers.hand-over', tellsIds: tellsWhoAsked, targets: ({ customers }) => customers, unknown: UNKNOWN },
  { route: 'GET /v1/customers/{id}/identity-checks', permission: 'customers.read', targets: ({ customers }) => customers, unknown: UNKNOWN },
  {
    route: 'POST /v1/customers/{id}/identity-checks', permission: 'customers.verify', targets: spareAndFar, unknown: UNKNOWN,
    requests: () => [{ body: { method: 'registry' }, headers: { 'idempotency-key': 'check' } }, { body: { method: 'face', document: UNKNOWN, liveImage: UNKNOWN } }, { body: { method: 'none' } }],
  },
  {
    route: 'POST /v1/customers', permission: 'customers.register', tellsIds: { why: 'a probable duplicate is named wherever it is kept: one person registered twice is worse', of: ({ customers }) => customers.map(({ id }) => id) },
    requests: (world, _, { name }) => {
      const unlike = { kind: 'individual', name: `Fresh ${name.replaceAll(/[^a-z ]/g, '')}`, sex: 'male', birthDate: '1981-02-03', idDocument: { type: 'FOREIGN-PASSPORT', number: `FRESH${name.toUpperCase().replaceAll(/[^A-Z]/g, '')}`.slice(0, 30), country: 'DE' }, phones: ['+8613700000002'] };
      const notDuplicateOf = 'any';
      return [
        { body: { ...unlike, idDocument: { type: 'FOREIGN-PASSPORT', number: told(world, 'QZX'), country: 'DE' } } },
        { body: { ...unlike, name: 'Zephyrine11 Wolkenstein', birthDate: '1967-08-11', phones: ['+8613766048211'] } },
        { body: { ...unlike, name: 'Zephyrine22 Wolkenstein', birthDate: '1967-08-22', phones: ['+8613766048222'], branch: 'NORTH-1' } },
        { body: { ...unlike, birthDate: 'x', phones: ['y'], email: 'z', surplus: 'Zephyrine' } },
        { body: { ...unlike, branch: 'SOUTH', notDuplicateOf } },
        { body: { ...unlike, branch: 'NORTH-1', notDuplicateOf }, headers: { 'idempotency-key': `register-${name.replaceAll(/\W/g, '-')}` } },
      ];
    },
  },
  {
    route: 'PATCH /v1/customers/{id}', permission: 'customers.update', targets: spareAndFar, unknown: UNKNOWN,
    requests: () => [
      ...patches.map((body) => ({ body, headers: { 'if-match': '"999"' } })), { body: { occupation: 'spare' }, headers: { 'if-match': '*', 'idempotency-key': 'patch' } },
      { body: { occupation: 'other' }, headers: { 'if-match': '*', 'idempotency-key': 'patch' } }, { body: { occupation: 'spare' } },
    ],
  },
];
