import { SubjectErased } from '../../shared/crypto/vault.js';
import { outage, refused, type LedgerAnswer } from './answers.js';
import type { Group } from './group.js';
import type { Waiting } from './waiting.js';

/**
 * Whose commands kept a group from being sealed: those with a memo or reason of the erased customer, or every one with a text while the vault is away.
 * Where no text explains the failure it is a bug, and nobody who has events in the group is kept waiting for it.
 */
export function sealingRefusals(group: Group, failure: Error): (readonly [Waiting, LedgerAnswer])[] {
  const erased = failure instanceof SubjectErased;
  const withText = group.commandsWithText(erased ? failure.subject : undefined);
  const own = group.decided.filter(({ events }) => events > 0).map(({ waiting }) => waiting);
  const culprits = own.filter(({ context }) => withText.has(context.commandId));
  if (culprits.length === 0) return own.map((waiting) => [waiting, refused('internal')] as const);
  return culprits.map((waiting) => [waiting, erased ? refused('customer_erased') : outage('the vault does not answer')] as const);
}
