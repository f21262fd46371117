import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

const own = { permission: 'own.use' } as const;
/** What is answered well holds one's own secrets and nothing else; its tests are services/self-service. */
const refused = { neverGood: 'only refusals are looked at here' };
const stranger = { onlyStrangers: true, neverGood: 'only refusals are looked at here' } as const;
const proof = { kind: 'totp', code: '000000' };
const password = 'granite-97-parasol-ferry-71';
const nearAndFar = { targets: ({ spare, customers }: World) => [{ id: spare.customer, owners: customers[0]!.owners }, customers[1]!], unknown: UNKNOWN };
const nearAndFarAccounts = { targets: ({ accounts }: World) => accounts, unknown: UNKNOWN };

export const selfServiceCases: readonly RouteCase[] = [
  { route: 'POST /v1/customers/{id}/enrolment', permission: 'customers.enrol', ...nearAndFar, requests: () => [{ body: {} }, { body: { removeFactors: 'x' } }] },
  { route: 'DELETE /v1/customers/{id}/sessions', permission: 'customers.enrol', ...nearAndFar },
  { route: 'GET /v1/my', ...own },
  { route: 'GET /v1/my/sessions', ...own },
  { route: 'GET /v1/my/factors', ...own },
  { route: 'DELETE /v1/my/sessions/{id}', ...own, ...refused, targets: () => [], unknown: UNKNOWN },
  { route: 'DELETE /v1/my/factors/{id}', ...own, ...refused, targets: () => [], unknown: UNKNOWN },
  { route: 'POST /v1/my/factors/totp', ...own, ...refused, requests: () => [{ body: {} }] },
  { route: 'POST /v1/my/factors/totp/confirm', ...own, ...refused, requests: () => [{ body: { enrolment: 'none', code: '000000' } }] },
  { route: 'POST /v1/my/factors/passkey/options', ...own, ...refused },
  { route: 'POST /v1/my/factors/passkey', ...own, ...refused, requests: () => [{ body: { enrolment: 'none' } }] },
  { route: 'POST /v1/my/factors/message', ...own, ...refused, requests: () => [{ body: {} }] },
  { route: 'POST /v1/my/factors/message/confirm', ...own, ...refused, requests: () => [{ body: { enrolment: 'none', code: '000000' } }] },
  { route: 'POST /v1/my/factors/recovery-codes', ...own, ...refused },
  { route: 'POST /v1/my/password', ...own, ...refused, requests: () => [{ body: { current: 'not this one', password } }] },
  { route: 'POST /v1/my/step-up', ...own },
  { route: 'POST /v1/my/step-up/message', ...own, ...refused, requests: () => [{ body: { challenge: 'none' } }] },
  { route: 'POST /v1/my/step-up/confirm', ...own, ...refused, requests: () => [{ body: { challenge: 'none', proof } }] },
  { route: 'POST /v1/my/contact', ...own, ...refused, requests: () => [{ body: { phone: '+8613700088888' } }, { body: { email: 'x' } }] },
  { route: 'POST /v1/my/contact/confirm', ...own, ...refused, requests: () => [{ body: { phone: '+8613700088888', confirmation: 'none', code: '000000' } }] },
  {
    route: 'POST /v1/my/transfers', ...own, ...refused, permission: 'own.transfer', ...nearAndFarAccounts,
    requests: (_, from) => [{ body: { from, toAccountNumber: '6299999999', money: { amount: '1.00', currency: 'CNY' } }, headers: { 'idempotency-key': 'own' } }],
  },
  { route: 'POST /v1/my/sign-out', ...own },
  { route: 'POST /v1/my/enrolment', ...stranger, requests: () => [{ body: { code: 'none', username: 'walk.customer', password } }] },
  {
    route: 'POST /v1/my/enrolment/online', onlyStrangers: true,
    requests: () => [{ body: { idNumber: 'QZX908172611K', phone: '+8613766048211' } }, { body: { idNumber: 'QZX900000000K', phone: '+8613700099999' } }],
  },
  { route: 'POST /v1/my/enrolment/online/confirm', ...stranger, requests: () => [{ body: { enrolment: 'none', code: '000000', username: 'walk.customer', password } }] },
  { route: 'POST /v1/my/sign-in', ...stranger, requests: () => [{ body: { username: 'walk.teller', password: 'not this one' } }, { body: { username: 'walk.customer', password: 'not this one' } }] },
  { route: 'POST /v1/my/sign-in/second-factor', ...stranger, requests: () => [{ body: { challenge: 'none', proof } }] },
  { route: 'POST /v1/my/sign-in/second-factor/message', ...stranger, requests: () => [{ body: { challenge: 'none' } }] },
  { route: 'POST /v1/my/sign-in/passkey/options', onlyStrangers: true },
  { route: 'POST /v1/my/sign-in/passkey', ...stranger, requests: () => [{ body: { challenge: 'none' } }] },
  { route: 'POST /v1/my/sessions/refresh', ...stranger, requests: () => [{ body: { refreshToken: 'none' } }] },
];
