import type { PlatformCode } from '../../shared/http/rejections.js';
import type { Rejection } from '../../shared/kernel/decision.js';
import type { LedgerCode } from './rejections.js';

/** One line of a batch: posted, or refused with its code. */
export type LineResult =
  | { readonly line: number; readonly status: 'posted'; readonly id: string; readonly revision: bigint }
  | { readonly line: number; readonly status: 'refused'; readonly code: LedgerCode; readonly detail?: string };

export interface Accepted {
  readonly outcome: 'accepted';
  /** Of what the command created or, where it created nothing, of the command itself. */
  readonly id: string;
  /** Of the command's last event in the shard's stream. */
  readonly revision: bigint;
  /** The log position at which all of the command is visible. */
  readonly position: bigint;
  readonly accountNumber?: string;
  readonly lines?: readonly LineResult[];
  /** The command had been answered before; this is the recorded answer. */
  readonly repeated: boolean;
}

export interface Refused {
  readonly outcome: 'refused';
  readonly rejection: Rejection<LedgerCode | PlatformCode>;
  readonly retryAfterSeconds?: number;
}

export type LedgerAnswer = Accepted | Refused;

export const refused = (code: LedgerCode | PlatformCode, detail?: string, retryAfterSeconds?: number): Refused => ({
  outcome: 'refused',
  rejection: { code, ...(detail !== undefined && { detail }) },
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
});

export const outage = (detail: string): Refused => refused('outage', detail, 1);
