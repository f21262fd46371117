import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

const own = { permission: 'own.use', neverGood: 'customers do not ask here: services/self-service has their tests' } as const;
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
  { route: 'DELETE /v1/my/sessions/{id}', ...own, targets: () => [], unknown: UNKNOWN },
  { route: 'DELETE /v1/my/factors/{id}', ...own, targets: () => [], unknown: UNKNOWN },
  { route: 'POST /v1/my/factors/totp', ...own, requests: () => [{ body: {} }] },
  { route: 'POST /v1/my/factors/totp/confirm', ...own, requests: () => [{ body: { enrolment: 'none', code: '000000' } }] },
  { route: 'POST /v1/my/factors/passkey/options', ...own },
  { route: 'POST /v1/my/factors/passkey', ...own, requests: () => [{ body: { enrolment: 'none' } }] },
  { route: 'POST /v1/my/factors/message', ...own, requests: () => [{ body: {} }] },
  { route: 'POST /v1/my/factors/message/confirm', ...own, requests: () => [{ body: { enrolment: 'none', code: '000000' } }] },
  { route: 'POST /v1/my/factors/recovery-codes', ...own },
  { route: 'POST /v1/my/password', ...own, requests: () => [{ body: { current: 'not this one', password } }] },
  { route: 'POST /v1/my/step-up', ...own },
  { route: 'POST /v1/my/step-up/message', ...own, requests: () => [{ body: { challenge: 'none' } }] },
  { route: 'POST /v1/my/step-up/confirm', ...own, requests: () => [{ body: { challenge: 'none', proof } }] },
  { route: 'POST /v1/my/contact', ...own, requests: () => [{ body: { phone: '+8613700088888' } }, { body: { email: 'x' } }] },
  { route: 'POST /v1/my/contact/confirm', ...own, requests: () => [{ body: { phone: '+8613700088888', confirmation: 'none', code: '000000' } }] },
  {
    route: 'POST /v1/my/transfers', ...own, permission: 'own.transfer', ...nearAndFarAccounts,
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
