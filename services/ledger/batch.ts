import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import type { FieldError } from '../../shared/kernel/decision.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import type { LedgerCommand } from './commands.js';
import { decideTransfer } from './decide-movements.js';
import { evolve } from './evolve.js';
import { assertSound } from './invariants.js';
import { ledgerRejections, type LedgerCode } from './rejections.js';
import type { LedgerState } from './state.js';

/** Each line of a batch is a command of its own, with an id that follows from the batch's. */
export const lineIdOf = (batchId: string, line: number): string => createdIdOf(batchId, `line-${line}`);

export const titleOf = (code: LedgerCode): string => ledgerRejections.find((row) => row.code === code)!.title;

/**
 * Decides an atomic batch: each line sees what the lines before it did. Applies the lines; where one is refused the caller must undo, and gets every
 * refused line (judged as if the refused ones before it were not there).
 */
export function applyBatch(
  state: LedgerState, command: Extract<LedgerCommand, { kind: 'transfer-batch' }>, batchId: string,
): { readonly lines: readonly { readonly id: string; readonly event: LedgerEvent }[]; readonly errors: readonly FieldError[] } {
  const lines: { id: string; event: LedgerEvent }[] = [];
  const errors: FieldError[] = [];
  command.transfers.forEach((transfer, index) => {
    const id = lineIdOf(batchId, index);
    const decision = decideTransfer(state, transfer, id);
    if (decision.outcome === 'reject') {
      const { code, detail } = decision.rejection;
      errors.push({ pointer: `/transfers/${index}`, code, detail: detail ?? titleOf(code) });
    } else if (decision.outcome === 'accept')
      for (const event of decision.events) {
        evolve(state, event);
        assertSound(state, event);
        lines.push({ id, event });
      }
  });
  return { lines, errors };
}
