import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import { moneyOf, type CurrencyCode } from '../../shared/kernel/money.js';
import { isEnvelope, readable, type Personal } from '../../shared/events/personal.js';
import type { Envelope } from '../../shared/crypto/envelope.js';

export type MovementKind = 'deposit' | 'withdrawal' | 'transfer' | 'reversal' | 'hold-capture';

/** A money movement as it stands in one event, amounts in minor units. */
export interface Movement {
  readonly id: string;
  readonly kind: MovementKind;
  readonly shard: number;
  readonly source: Recorded;
  readonly bookingDate: string;
  readonly valueDate: string;
  readonly recordedAt: Instant;
  readonly reverses: string | null;
  /** Of a reversal, one for each customer concerned; null for what was recorded before reasons were sealed. */
  readonly reasons: readonly Envelope[] | null;
  readonly holdId: string | null;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly accountId: string;
  /** Who owns the account; null on the bank's own. */
  readonly customerId: string | null;
  /** Place of the leg in its event. */
  readonly leg: number;
  readonly side: Leg['side'];
  readonly minor: bigint;
  readonly currency: CurrencyCode;
  readonly balanceAfter: bigint;
  readonly memo: Envelope | null;
}

export const ledgerEventOf = (recorded: Recorded): LedgerEvent => recorded.event as LedgerEvent;

/** The movements among the events, in their order. */
export function movementsIn(events: readonly Recorded[]): ReadonlyMap<Recorded, Movement> {
  const movements = new Map<Recorded, Movement>();
  for (const recorded of events) {
    const movement = movementOf(recorded);
    if (movement) movements.set(recorded, movement);
  }
  return movements;
}

function movementOf(recorded: Recorded): Movement | undefined {
  const event = ledgerEventOf(recorded);
  switch (event.type) {
    case 'DepositPosted':
      return read(recorded, 'deposit', event.data);
    case 'WithdrawalPosted':
      return read(recorded, 'withdrawal', event.data);
    case 'TransferPosted':
      return read(recorded, 'transfer', event.data);
    case 'ReversalPosted':
      return read(recorded, 'reversal', event.data, { reverses: event.data.reversedMovementId, reasons: sealedReasons(recorded, event.data.reasons) });
    case 'HoldCaptured':
      return read(recorded, 'hold-capture', event.data, { holdId: event.data.holdId });
    default:
      return undefined;
  }
}

function read(
  source: Recorded,
  kind: MovementKind,
  data: { readonly movementId: string; readonly legs: readonly Leg[] },
  links: Partial<Pick<Movement, 'reverses' | 'reasons' | 'holdId'>> = {},
): Movement {
  const { bookingDate, valueDate } = source.metadata;
  if (bookingDate === undefined) throw new Error(`${source.event.type} ${source.id} moves money without a booking date`);
  return {
    id: data.movementId,
    kind,
    shard: shardOf(source.stream),
    source,
    bookingDate,
    valueDate: valueDate ?? bookingDate,
    recordedAt: recordedAtOf(source),
    reverses: null,
    reasons: null,
    holdId: null,
    ...links,
    entries: data.legs.map((leg, index) => {
      const { minor, currency } = moneyOf(leg.money);
      return { accountId: leg.accountId, customerId: leg.customerId ?? null, leg: index, side: leg.side, minor, currency, balanceAfter: moneyOf(leg.balanceAfter).minor, memo: sealedMemo(leg.memo) };
    }),
  };
}

/** A memo is kept exactly as sealed: a clear one must never reach a table. */
export function sealedMemo(memo: Personal<string> | undefined): Envelope | null {
  if (memo === undefined || memo === 'erased') return null;
  if (readable(memo)) throw new Error('a memo in clear reached the projection');
  return memo;
}

/** Reasons of the first version stand in the log in clear: they are read from there and copied nowhere. */
function sealedReasons({ metadata }: Recorded, reasons: readonly { readonly reason: Personal<string> }[]): Envelope[] | null {
  if (metadata.schemaVersion === 1) return null;
  return reasons.map(({ reason }) => {
    if (!isEnvelope(reason)) throw new Error('a reason in clear reached the projection');
    return reason;
  });
}

/** The number in "ledger-<n>". */
export function shardOf(stream: string): number {
  const shard = Number(stream.slice('ledger-'.length));
  if (!stream.startsWith('ledger-') || !Number.isInteger(shard)) throw new Error(`${stream} is not a ledger shard's stream`);
  return shard;
}

/** ISO 8601 in UTC with exactly three decimals, so that text order is time order. */
export type Instant = string;
export const recordedAtOf = (recorded: Recorded): Instant => instantOf(recorded.metadata.recordedAt);
export const instantOf = (iso: string): Instant => (/^.{19}\.\d{3}Z$/.test(iso) ? iso : new Date(iso).toISOString());
