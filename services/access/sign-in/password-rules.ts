import { Refusal } from '../../../shared/http/context.js';
import type { Credentials } from './credentials.js';
import type { PasswordHashing } from './password-hashing.js';
import type { SignInState } from './state.js';
import type { WeaknessOf } from './weak-passwords.js';

export const PASSWORD_LEAST = 12;
export const PASSWORD_MOST = 128;

export interface PasswordRules {
  readonly credentials: Credentials;
  readonly hashing: PasswordHashing;
  readonly weaknessOf: WeaknessOf;
}

/** Throws Refusal `password_weak` or `password_used_before`. Its length was checked where it came in. */
export async function refuseBadPassword({ credentials, hashing, weaknessOf }: PasswordRules, password: string, { about, state }: { about: readonly string[]; state: SignInState }): Promise<void> {
  const weakness = await weaknessOf(password, about);
  if (weakness === 'known') throw new Refusal({ code: 'password_weak', detail: 'it stands on lists that attackers try first' });
  if (weakness === 'guessable') throw new Refusal({ code: 'password_weak', detail: 'it is made of what is easy to guess; a few words that have nothing to do with each other are better' });
  const former = [...(state.password === undefined ? [] : [state.password]), ...state.formerPasswords];
  for (const { content } of await credentials.read(former))
    if (content.kind === 'password' && (await hashing.matches(content.hash, password))) throw new Refusal({ code: 'password_used_before', detail: `the last ${former.length} cannot be used again` });
}
