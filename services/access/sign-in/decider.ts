import type { SignInEvent } from '../../../shared/events/access/sign-in-events.js';
import { accept, nothing, reject, type Decision } from '../../../shared/kernel/decision.js';
import type { Actor } from '../../../shared/events/definition.js';
import type { EnrolFactor, RemoveFactor, RemoveLostFactors, SetPassword } from './commands.js';
import type { Whose } from './people.js';
import type { SignInCode } from './rejections.js';
import { secondFactors, type SignInState } from './state.js';

type SignInDecision = Decision<SignInEvent, SignInCode>;

const MOST_FACTORS = 10;

/** `seen`: the password's credential that was in force when the old password was checked; another since then means it proves nothing any more. */
export function decideSetPassword(state: SignInState, { whose, credentialId, why, seen }: SetPassword): SignInDecision {
  if (state.password !== seen) return reject('sign_in_failed', 'the password was changed meanwhile');
  return accept<SignInEvent>({ type: 'PasswordSet', data: { ...whose, credentialId, why } });
}

/** New recovery codes take the place of those before. */
export function decideEnrolFactor(state: SignInState, { whose, factorId, kind, credentialId }: EnrolFactor): SignInDecision {
  const replaced = kind === 'recovery-codes' ? state.factors.filter((factor) => factor.kind === kind) : [];
  if (state.factors.length - replaced.length >= MOST_FACTORS) return reject('factors_full', `at most ${MOST_FACTORS}`);
  if (kind === 'message' && state.factors.some((factor) => factor.kind === kind)) return reject('factors_full', 'codes are sent already');
  return accept<SignInEvent>(
    { type: 'FactorEnrolled', data: { ...whose, factorId, kind, credentialId } },
    ...replaced.map((factor): SignInEvent => ({ type: 'FactorRemoved', data: { ...whose, factorId: factor.id } })),
  );
}

export function decideRemoveFactor(state: SignInState, { whose, factorId, mayBeLast }: RemoveFactor): SignInDecision {
  const factor = state.factors.find(({ id }) => id === factorId);
  if (factor === undefined) return reject('factor_not_found');
  if (!mayBeLast && factor.kind !== 'recovery-codes' && secondFactors(state).length === 1) return reject('last_factor', 'enrol another one first');
  return accept<SignInEvent>({ type: 'FactorRemoved', data: { ...whose, factorId } });
}

/** All of them, recovery codes too: of whoever lost what they had. */
export function decideRemoveFactors({ factors }: SignInState, whose: Whose): SignInDecision {
  const [first, ...others] = factors.map(({ id: factorId }): SignInEvent => ({ type: 'FactorRemoved', data: { ...whose, factorId } }));
  return first === undefined ? nothing : accept<SignInEvent>(first, ...others);
}

/** The same, where the person cannot: two others must agree, for whoever has the password gets in with it alone until another factor is enrolled. */
export function decideRemoveLostFactors(state: SignInState, { whose, holderId, reason, by: { actor, approver } }: RemoveLostFactors): SignInDecision {
  if (isOneself(actor, holderId)) return reject('own_factors');
  if (approver === undefined || isOneself(actor, approver.id) || isOneself(approver, actor.id)) return reject('second_person_needed');
  if (isOneself(approver, holderId)) return reject('own_factors', 'nor does one approve it for oneself');
  const removed = decideRemoveFactors(state, whose);
  if (removed.outcome !== 'accept') return reject('factor_not_found', 'this person has none');
  return accept<SignInEvent>({ type: 'FactorsLost', data: { ...whose, reason } }, ...removed.events);
}

/** Oneself is also the person in whose place one acts. */
const isOneself = ({ id, actingAs }: Actor, other: string): boolean => id === other || actingAs === other;

/** Facts that nothing stands against. */
export const decideTell = (event: SignInEvent): SignInDecision => accept(event);
