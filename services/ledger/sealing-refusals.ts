import { SubjectErased } from '../../shared/crypto/vault.js';
import { outage, refused, type LedgerAnswer } from './answers.js';
import type { Group } from './group.js';
import type { Waiting } from './waiting.js';

/** Whose commands kept a group from being sealed: those with a memo of the erased customer, or every one with a memo while the vault is away. */
export function sealingRefusals(group: Group, failure: Error): (readonly [Waiting, LedgerAnswer])[] {
  const withMemo = group.decided.map(({ waiting }) => waiting).filter(hasMemo);
  if (!(failure instanceof SubjectErased)) return withMemo.map((waiting) => [waiting, outage('the vault does not answer')] as const);
  const touching = group.commandsTouching(failure.subject);
  return withMemo.filter(({ context }) => touching.has(context.commandId)).map((waiting) => [waiting, refused('customer_erased')] as const);
}

const hasMemo = ({ command }: Waiting): boolean =>
  command.kind === 'transfer-batch' ? command.transfers.some(({ memo }) => memo !== undefined) : 'memo' in command && command.memo !== undefined;
