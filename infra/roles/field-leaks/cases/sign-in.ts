import type { RouteCase } from '../route-case.js';
import { UNKNOWN } from '../world.js';

const self = { permission: 'self.use' } as const;
const stranger = { onlyStrangers: true } as const;
/** What is answered well holds one's own tokens and nothing else; its tests are services/access/sign-in. */
const refused = { neverGood: 'only refusals are looked at here' };
const proof = { kind: 'totp', code: '000000' };

export const signInCases: readonly RouteCase[] = [
  { route: 'GET /.well-known/jwks.json' },
  { route: 'GET /v1/sessions', ...self },
  { route: 'GET /v1/factors', ...self },
  { route: 'DELETE /v1/sessions/{id}', ...self, reachedBy: 'sessions.revoke', targets: ({ spare }) => [{ id: spare.session, owners: [] }], unknown: UNKNOWN },
  { route: 'DELETE /v1/factors/{id}', ...self, ...refused, targets: () => [], unknown: UNKNOWN },
  { route: 'POST /v1/factors/totp', ...self, requests: () => [{ body: {} }, { body: { label: 7 } }] },
  { route: 'POST /v1/factors/totp/confirm', ...self, ...refused, requests: () => [{ body: { enrolment: 'none', code: '000000' } }] },
  { route: 'POST /v1/factors/passkey/options', ...self },
  { route: 'POST /v1/factors/passkey', ...self, ...refused, requests: () => [{ body: { enrolment: 'none' } }] },
  { route: 'POST /v1/factors/message', ...self, requests: () => [{ body: {} }] },
  { route: 'POST /v1/factors/message/confirm', ...self, ...refused, requests: () => [{ body: { enrolment: 'none', code: '000000' } }] },
  { route: 'POST /v1/factors/recovery-codes', ...self },
  { route: 'POST /v1/password', ...self, ...refused, requests: () => [{ body: { current: 'not this one', password: 'short' } }, { body: { current: 1 } }] },
  {
    route: 'POST /v1/sign-in', ...stranger, ...refused, targets: () => [{ id: 'walk.suspended', owners: [] }, { id: 'walk.wider', owners: [] }], unknown: 'walk.nowhere',
    requests: (_, username) => [{ body: { username, password: 'not this one' } }],
  },
  { route: 'POST /v1/sign-in/second-factor', ...stranger, ...refused, requests: () => [{ body: { challenge: 'none', proof } }] },
  { route: 'POST /v1/sign-in/second-factor/message', ...stranger, ...refused, requests: () => [{ body: { challenge: 'none' } }] },
  { route: 'POST /v1/sign-in/passkey/options', ...stranger },
  { route: 'POST /v1/sign-in/passkey', ...stranger, ...refused, requests: () => [{ body: { challenge: 'none' } }] },
  { route: 'POST /v1/sign-in/openid-connect', ...stranger, ...refused },
  { route: 'POST /v1/sign-in/openid-connect/answer', ...stranger, ...refused, requests: () => [{ body: { challenge: 'none', code: 'none', state: 'none' } }] },
  { route: 'POST /v1/sessions/refresh', ...stranger, ...refused, requests: () => [{ body: { refreshToken: 'none' } }] },
  { route: 'POST /v1/invitations', ...stranger, ...refused, requests: () => [{ body: { token: 'none', password: 'granite-99-parasol-ferry-71' } }] },
  { route: 'POST /v1/first-administrator', ...stranger, ...refused, requests: () => [{ body: { token: 'none', username: 'walk.first', name: 'First', password: 'granite-98-parasol-ferry-71' } }] },
  { route: 'GET /health/live' },
  { route: 'GET /health/ready' },
  { route: 'GET /metrics' },
  // The last: it ends the sender's session.
  { route: 'POST /v1/sign-out', ...self },
];
