import { open, seal, type Envelope } from '../../../shared/crypto/envelope.js';
import { EscrowFault, openEscrow, sealToEscrow, type EscrowKey, type EscrowSealed } from '../../../shared/crypto/escrow.js';
import type { SubjectKey } from '../../../shared/crypto/vault.js';

/** One thing that the bank had of a person. */
export interface BackupLine {
  /** 'record', or a hook's name. */
  readonly part: string;
  /** Which of the person's ids it stood under. */
  readonly customerId: string;
  readonly content: object;
}

/**
 * Whose key the backup of a customer is sealed under besides the escrow's: one of its own in the vault. With it every copy of the backup, wherever
 * it was carried, becomes unreadable when its time is over.
 */
export const backupSubject = (customerId: string): string => `backup:${customerId}`;

/** Each line is sealed to the escrow, then under the backup's own key, and bound to its place; the last one tells how many there are. */
export async function* sealedLines(customerId: string, lines: AsyncIterable<BackupLine>, escrow: EscrowKey, own: SubjectKey): AsyncIterable<string> {
  let number = 0;
  const sealed = (line: object): string => {
    const binding = bindingOf(customerId, ++number);
    return `${JSON.stringify(seal(sealToEscrow(JSON.stringify(line), escrow, binding), own, binding))}\n`;
  };
  for await (const line of lines) yield sealed(line);
  yield sealed({ lines: number });
}

/** Throws EscrowFault: of an own key that is destroyed, of shares that do not fit, of lines that were changed, moved or cut off. */
export async function* openedLines(
  customerId: string, texts: AsyncIterable<string>, shares: readonly string[], ownKeys: (keyIds: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>,
): AsyncIterable<BackupLine> {
  let number = 0;
  let keys: ReadonlyMap<string, Buffer> | undefined;
  for await (const text of texts) {
    const envelope = JSON.parse(text) as Envelope;
    keys ??= await ownKeys([envelope.keyId]);
    const key = keys.get(envelope.keyId);
    if (!key) throw new EscrowFault('the backup\'s own key has been destroyed, or is another bank\'s');
    const binding = bindingOf(customerId, ++number);
    const line = JSON.parse(openEscrow(inner(envelope, key, binding), shares, binding)) as BackupLine | { readonly lines: number };
    if (!('lines' in line)) yield line;
    else if (line.lines === number - 1) return;
    else throw new EscrowFault('lines are missing');
  }
  throw new EscrowFault('it is cut off: its last line is missing');
}

function inner(envelope: Envelope, key: Buffer, binding: string): EscrowSealed {
  try {
    return open(envelope, key, binding) as EscrowSealed;
  } catch (error) {
    throw new EscrowFault('a line was changed, moved, or is of another backup', { cause: error });
  }
}

const bindingOf = (customerId: string, number: number): string => `backup of customer ${customerId}, line ${number}`;
