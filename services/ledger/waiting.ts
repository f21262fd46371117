import type { Channel } from '../../shared/events/values.js';
import type { Actor } from '../../shared/events/definition.js';
import type { LedgerAnswer } from './answers.js';
import type { LedgerCommand } from './commands.js';
import type { BatchReceipt } from './decider.js';
import type { OriginalMovement } from './decide-reversal.js';

/** What the shard takes of a request's context. */
export interface ShardContext {
  readonly commandId: string;
  readonly commandHash?: string | undefined;
  readonly repeatable: boolean;
  readonly correlationId: string;
  /** What caused the command; the command itself where absent. */
  readonly causationId?: string | undefined;
  readonly actor: Actor & { readonly channel: Channel | (string & {}) };
  readonly approver?: Actor | undefined;
  readonly traceparent?: string | undefined;
}

/** What was found outside memory for a command before it is decided. */
export interface Lookup {
  /** How far the index reached when it was asked. */
  readonly checkpoint: number;
  /** Why the command cannot be judged now; it is answered with an outage. */
  readonly outage?: string;
  /** The command itself, recorded before memory begins. */
  readonly recorded?: { readonly hash: string | undefined; readonly revision: number; readonly position: bigint; readonly accountNumber?: string | undefined };
  readonly original?: OriginalMovement | undefined;
  /** The original was decided but not stored when it was looked up: it counts only while memory has it. */
  readonly originalUnstored?: boolean;
  readonly holdKnown?: boolean;
}

/** A command on its way through the shard. */
export interface Waiting {
  readonly command: LedgerCommand | BatchReceipt;
  readonly context: ShardContext;
  readonly resolve: (answer: LedgerAnswer) => void;
  /** Milliseconds since 1970: after this it is told that the outcome is open. */
  readonly deadline: number;
  answered: boolean;
  lookup: Lookup | undefined;
}

export function answer(waiting: Waiting, given: LedgerAnswer): void {
  if (waiting.answered) return;
  waiting.answered = true;
  waiting.resolve(given);
}
