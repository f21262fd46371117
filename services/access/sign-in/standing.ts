import { randomUUID } from 'node:crypto';
import type { Credential, CredentialContent } from './credentials.js';
import type { SignInParts } from './parts.js';
import type { SignInState } from './state.js';

/** What is in force for somebody; of whoever the log does not know, nothing. */
export const stateOf = async ({ records, people }: Pick<SignInParts, 'people' | 'records'>, holderId: string): Promise<SignInState> =>
  (await records.load(people.record, holderId))?.state ?? people.record.initial;

/** The hash of the password in force. It is looked for even where there is none. */
export async function passwordOf({ credentials }: Pick<SignInParts, 'credentials'>, { password }: SignInState): Promise<string | undefined> {
  const [credential] = await credentials.read([password ?? randomUUID()]);
  return credential?.content.kind === 'password' ? credential.content.hash : undefined;
}

export type PasskeyCredential = Credential & { readonly content: Extract<CredentialContent, { kind: 'passkey' }> };

export async function passkeysOf({ credentials }: Pick<SignInParts, 'credentials'>, { factors }: SignInState): Promise<PasskeyCredential[]> {
  const ids = factors.filter(({ kind }) => kind === 'passkey').map(({ credentialId }) => credentialId);
  return (await credentials.read(ids)).filter((one): one is PasskeyCredential => one.content.kind === 'passkey');
}
