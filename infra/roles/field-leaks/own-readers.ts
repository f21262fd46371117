import { Secret, TOTP } from 'otpauth';
import { customerRights } from '../../../shared/access/customer-role.js';
import { maskName } from '../../../shared/access/masks.js';
import { askAt, must } from './exchange.js';
import type { Facts, Reader } from './facts.js';
import { renew, type Session } from './session.js';
import type { Target } from './world.js';

export interface OwnReader {
  readonly reader: Reader;
  /** What they have requested and staff have not decided: a change of their name and income. */
  readonly approval: Target;
  readonly renewSession: () => Promise<void>;
}

interface SignedIn { readonly accessToken: string; readonly refreshToken: string; readonly challenge: string }

const STEP_MS = 30_000;

/** Enrols a customer of the bank with an authenticator app, signs them in, and has them ask for another name and income, which are held until somebody approves. */
export async function enrolCustomer(url: string, bank: ReturnType<typeof askAt>, facts: Facts, name: string, n: string, { id, owners }: Target): Promise<OwnReader> {
  const stranger = askAt(url, {});
  const secret = facts.of(`customer ${name}`, { permissions: [], owners: [] });
  const only = facts.of(`customer ${name}`, { permissions: [], owners: [], only: id });
  const username = only('record', `kundin.obsidian${n}`, { silent: true });
  const password = secret('secret', `granite-${n}-parasol-meadow-58`, { what: 'password' });
  const { code } = await must<{ code: string }>(bank, 'POST', `/v1/customers/${id}/enrolment`, {});
  await must(stranger, 'POST', '/v1/my/enrolment', { code: secret('secret', code, { what: 'enrolment code' }), username, password });

  const device = { 'user-agent': only('record', `Device-of-kundin-${n}-quebrada`) };
  const limited = await must<SignedIn>(stranger, 'POST', '/v1/my/sign-in', { username, password }, device);
  const enrolling = askAt(url, { authorization: `Bearer ${limited.accessToken}` });
  const begun = await must<{ secret: string; enrolment: string }>(enrolling, 'POST', '/v1/my/factors/totp', {});
  const totp = new TOTP({ secret: Secret.fromBase32(secret('secret', begun.secret, { what: 'factor' })) });
  // A code is good once; the bank takes that of the step before and of the next.
  let step = Math.floor(Date.now() / STEP_MS) - 1;
  const codeOfApp = (): string => totp.generate({ timestamp: step++ * STEP_MS });
  await must(enrolling, 'POST', '/v1/my/factors/totp/confirm', { enrolment: begun.enrolment, code: codeOfApp() });
  const { challenge } = await must<SignedIn>(stranger, 'POST', '/v1/my/sign-in', { username, password }, device);
  const inside = await must<SignedIn>(stranger, 'POST', '/v1/my/sign-in/second-factor', { challenge, proof: { kind: 'totp', code: codeOfApp() } }, device);
  const session: Session = { path: '/v1/my', authorization: `Bearer ${inside.accessToken}`, refreshToken: secret('secret', inside.refreshToken, { what: 'refresh token' }) };

  const own = askAt(url, { authorization: session.authorization });
  const step2 = await must<SignedIn>(own, 'POST', '/v1/my/step-up');
  const fresh = await must<SignedIn>(own, 'POST', '/v1/my/step-up/confirm', { challenge: step2.challenge, proof: { kind: 'totp', code: codeOfApp() } });
  session.authorization = `Bearer ${secret('secret', fresh.accessToken, { what: 'access token' })}`;
  const asked = facts.of(`what customer ${name} asks for`, { permissions: ['approvals.read'], owners });
  const { approvalId } = await must<{ approvalId: string }>(askAt(url, { authorization: session.authorization }), 'PATCH', `/v1/customers/${id}`, {
    name: asked('name', `Melusine${n} Abendrot`, { mask: maskName }), income: { amount: asked('income', `27493318460${n}.63`), currency: 'CNY' },
  }, { 'if-match': '*' });
  asked('record', approvalId);

  const { permits, views } = customerRights({ ownTransfers: new Map() })(id);
  const reader: Reader = {
    name: `customer ${name}`, holder: id, self: id, views, plain: true,
    held: [...permits.keys()].map((permission) => ({ permission, scope: 'own', branches: new Set() })),
    get headers() {
      return { authorization: session.authorization };
    },
  };
  return { reader, approval: { id: approvalId, owners }, renewSession: () => renew(url, session) };
}
