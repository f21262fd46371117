import {
  generateAuthenticationOptions, generateRegistrationOptions, verifyAuthenticationResponse, verifyRegistrationResponse,
  type AuthenticationResponseJSON, type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { randomBytes } from 'node:crypto';
import type { Credential, CredentialContent, Credentials } from './credentials.js';

type PasskeyContent = Extract<CredentialContent, { kind: 'passkey' }>;
type PasskeyCredential = Credential & { readonly content: PasskeyContent };

/** Where passkeys are good. Both are fixed for as long as any passkey shall work. */
export interface RelyingParty {
  /** A domain, like bank.example. */
  readonly id: string;
  /** Every address of the bank's pages, like https://staff.bank.example. */
  readonly origins: readonly string[];
  readonly name: string;
}

export const newPasskeyChallenge = (): string => randomBytes(32).toString('base64url');
const bytesOf = (base64url: string) => new Uint8Array(Buffer.from(base64url, 'base64url'));
const userHandleOf = (holderId: string) => new Uint8Array(Buffer.from(holderId, 'utf8'));

/** Whom a passkey names, as it was told at its enrolment; whether that is true its signature shows. */
export function holderNamedBy({ response }: AuthenticationResponseJSON): string | undefined {
  const named = Buffer.from(response.userHandle ?? '', 'base64url').toString('utf8');
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(named) ? named : undefined;
}

/** For `navigator.credentials.create`: a key that stays on the device, unlocked by finger, face or PIN. */
export const enrolmentOptions = (party: RelyingParty, challenge: string, holder: { id: string; username: string }, enrolled: readonly PasskeyContent[]) =>
  generateRegistrationOptions({
    rpName: party.name, rpID: party.id, userName: holder.username, userID: userHandleOf(holder.id), challenge: bytesOf(challenge), attestationType: 'none',
    excludeCredentials: enrolled.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });

/** For `navigator.credentials.get`. */
export const signInOptions = (party: RelyingParty, challenge: string, enrolled: readonly PasskeyContent[]) =>
  generateAuthenticationOptions({ rpID: party.id, challenge: bytesOf(challenge), userVerification: 'required', allowCredentials: enrolled.map(({ id }) => ({ id })) });

/** The new passkey, or undefined where the answer is not one to this challenge, from these pages. */
export async function enrolledPasskey(party: RelyingParty, challenge: string, response: RegistrationResponseJSON, label: string): Promise<PasskeyContent | undefined> {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response, expectedChallenge: challenge, expectedOrigin: [...party.origins], expectedRPID: party.id, requireUserVerification: true,
    });
    if (!verified) return undefined;
    const { id, publicKey, counter } = registrationInfo.credential;
    return { kind: 'passkey', id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, label };
  } catch {
    return undefined; // the library throws for whatever is malformed or does not fit
  }
}

/**
 * Accepts an answer to a challenge by one of the holder's passkeys. A counter that does not rise is a copy of the key; keys that are shared among devices
 * have none and always say 0.
 */
export async function acceptPasskey(party: RelyingParty, credentials: Credentials, credentialIds: readonly string[], challenge: string, response: AuthenticationResponseJSON): Promise<boolean> {
  const credential = (await credentials.read(credentialIds)).find((one): one is PasskeyCredential => one.content.kind === 'passkey' && one.content.id === response.id);
  if (credential === undefined) return false;
  const { content, version, id } = credential;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response, expectedChallenge: challenge, expectedOrigin: [...party.origins], expectedRPID: party.id, requireUserVerification: true,
      credential: { id: content.id, publicKey: bytesOf(content.publicKey), counter: content.counter },
    });
    return verified && (await credentials.replace(id, version, { ...content, counter: authenticationInfo.newCounter }));
  } catch {
    return false;
  }
}
