import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';
import type { CredentialContent, Credentials } from './credentials.js';

const PERIOD_S = 30;
/** Steps before and after the present one: clocks differ, and people type slowly. */
const WINDOW = 1;
const SECRET_BYTES = 20;

type TotpContent = Extract<CredentialContent, { kind: 'totp' }>;

/** What every authenticator app understands: SHA-1, six digits, 30 seconds. */
const generatorOf = (secret: string, names?: { issuer: string; label: string }) =>
  new TOTP({ algorithm: 'SHA1', digits: 6, period: PERIOD_S, secret: Secret.fromBase32(secret), ...names });

export function newTotp(label: string): TotpContent {
  return { kind: 'totp', secret: new Secret({ size: SECRET_BYTES }).base32, counter: 0, label };
}

/** What an app is given: as a link and as a picture of it. */
export function totpEnrolment({ secret }: TotpContent, names: { readonly issuer: string; readonly username: string }): { readonly uri: string; readonly qrSvg: string } {
  const uri = generatorOf(secret, { issuer: names.issuer, label: names.username }).toString();
  return { uri, qrSvg: renderSVG(uri) };
}

/** Accepts a code once: the step it belongs to, and all before it, are spent with it, and of two who send it at once one is refused. */
export async function acceptTotp(credentials: Credentials, credentialId: string, code: string, at: Date): Promise<boolean> {
  const [credential] = await credentials.read([credentialId]);
  if (credential?.content.kind !== 'totp') return false;
  const { content, version } = credential;
  const steps = generatorOf(content.secret).validate({ token: code, timestamp: at.getTime(), window: WINDOW });
  if (steps === null) return false;
  const counter = Math.floor(at.getTime() / 1_000 / PERIOD_S) + steps;
  return counter > content.counter && credentials.replace(credentialId, version, { ...content, counter });
}
