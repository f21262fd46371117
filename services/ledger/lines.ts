import type { PlatformCode } from '../../shared/http/rejections.js';
import { platformRejections } from '../../shared/http/rejections.js';
import type { LedgerAnswer, LineResult } from './answers.js';
import { lineIdOf } from './batch.js';
import type { LedgerCommand } from './commands.js';
import type { BatchReceipt } from './decider.js';
import type { LedgerCode } from './rejections.js';
import type { ShardContext } from './waiting.js';

interface Executor {
  execute(command: LedgerCommand | BatchReceipt, context: ShardContext): Promise<LedgerAnswer>;
}

/**
 * A batch whose lines stand alone. Its receipt is stored first, so that its key is taken whatever becomes of the lines; then each line goes as a command
 * of its own. Sent again, posted lines give their recorded answers and refused ones are tried again. Where a line's outcome is open, so is the batch's.
 */
export async function executeLines(shard: Executor, command: Extract<LedgerCommand, { kind: 'transfer-batch' }>, context: ShardContext): Promise<LedgerAnswer> {
  const receipt = await shard.execute({ kind: 'receive-batch', atomic: false, lines: command.transfers.length }, context);
  if (receipt.outcome === 'refused') return receipt;
  const answers = await Promise.all(
    command.transfers.map((transfer, line) =>
      shard.execute({ kind: 'transfer', ...transfer }, { ...context, commandId: lineIdOf(context.commandId, line), causationId: context.commandId }),
    ),
  );
  let { revision, position } = receipt;
  const lines: LineResult[] = [];
  for (const [line, given] of answers.entries()) {
    if (given.outcome === 'accepted') {
      if (given.revision > revision) ({ revision, position } = given);
      lines.push({ line, status: 'posted', id: given.id, revision: given.revision });
    } else {
      const { code, detail } = given.rejection;
      if (isPlatform(code)) return given;
      lines.push({ line, status: 'refused', code, ...(detail !== undefined && { detail }) });
    }
  }
  return { outcome: 'accepted', id: receipt.id, revision, position, lines, repeated: receipt.repeated };
}

const platformCodes = new Set<string>(platformRejections.map(({ code }) => code));
const isPlatform = (code: LedgerCode | PlatformCode): code is PlatformCode => platformCodes.has(code);
