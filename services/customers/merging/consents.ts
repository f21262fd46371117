import type { Profile } from '../../../shared/events/customers/profile.js';

type Consents = NonNullable<Profile['consents']>;

/**
 * What both records consent to. A refusal on either stands; where one says nothing, nothing was consented to: only what both allow is allowed.
 * Undefined: neither refuses anything, and nothing is allowed by both.
 */
export function stricterConsents(a: Consents | undefined = {}, b: Consents | undefined = {}): Consents | undefined {
  const kept: Consents = {};
  for (const flag of [...Object.keys(a), ...Object.keys(b)] as (keyof Consents)[]) {
    if (a[flag] === false || b[flag] === false) kept[flag] = false;
    else if (a[flag] === true && b[flag] === true) kept[flag] = true;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}
