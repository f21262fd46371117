import { createHash } from 'node:crypto';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import { setPassword } from './own-password.js';
import type { SignInParts } from './parts.js';
import { stateOf } from './standing.js';

const LINK_LASTS_MS = 24 * 3_600_000;

export interface NewAdministrator {
  readonly staffId: string;
  readonly username: string;
  readonly name: string;
}

export interface FirstAdministratorOptions {
  /** Whether anybody is there who may administer. Once there is, no link opens anything. */
  readonly hasAdministrator: () => Promise<boolean>;
  /** Hires the person and gives the role, or does nothing where this very person is there. Throws Refusal where the name will not do or another administers. */
  readonly createAdministrator: (administrator: NewAdministrator, context: CommandContext) => Promise<void>;
}

/** At start, where nobody administers yet: a token that is good once and for a day. Links given before are void. */
export async function firstAdministratorToken({ challenges }: Pick<SignInParts, 'challenges'>, { hasAdministrator }: Pick<FirstAdministratorOptions, 'hasAdministrator'>, at: Date): Promise<string | undefined> {
  await challenges.withdraw('first-administrator');
  return (await hasAdministrator()) ? undefined : challenges.open({ kind: 'first-administrator' }, new Date(at.getTime() + LINK_LASTS_MS));
}

export interface FirstAdministratorRequest {
  readonly token: string;
  readonly username: string;
  readonly name: string;
  readonly password: string;
}

/** The staff id. Until the person is there the token stays good, so that a weak password or a name that will not do costs nothing; after that it opens nothing. */
export async function createFirstAdministrator(
  parts: SignInParts, { hasAdministrator, createAdministrator }: FirstAdministratorOptions,
  { token, username, name, password }: FirstAdministratorRequest, contextFor: (staffId: string) => CommandContext,
): Promise<string> {
  // Named by the token: tried again after a failure it is the same person.
  const staffId = createdIdOf(idOfToken(token), 'staff');
  const context = contextFor(staffId);
  const { at } = context;
  const refused = (): Refusal => new Refusal({ code: 'first_administrator_refused' });
  if ((await parts.challenges.look('first-administrator', token, at)) === undefined || (await hasAdministrator())) throw refused();
  // The password first: without the person it opens nothing.
  await setPassword(parts, { holder: { id: staffId, username }, password, why: 'first', state: await stateOf(parts, staffId) }, context);
  await createAdministrator({ staffId, username, name }, context);
  await parts.challenges.take('first-administrator', token, at);
  return staffId;
}

/** A UUID made of a token, for ids to be derived from. */
function idOfToken(token: string): string {
  const hex = createHash('sha256').update(token).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
