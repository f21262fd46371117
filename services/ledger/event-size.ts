import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import type { ShardContext } from './waiting.js';

const LEG_BYTES = 300;
const HOLDER_BYTES = 100;
const CUSTOMER_BYTES = 60;

/** An upper bound of what the event's data takes in the log, sealed, without making its JSON. */
export function sizeBound(event: LedgerEvent): number {
  switch (event.type) {
    case 'TransferPosted':
    case 'DepositPosted':
    case 'WithdrawalPosted':
      return 100 + legsBound(event.data.legs);
    case 'HoldCaptured':
      return 450 + legsBound(event.data.legs);
    case 'ReversalPosted':
      return event.data.reasons.reduce((bytes, { reason }) => bytes + CUSTOMER_BYTES + textBound(reason), 200 + legsBound(event.data.legs));
    case 'AccountOpened':
      return 700 + event.data.holders.length * HOLDER_BYTES;
    case 'HoldersChanged':
      return 200 + CUSTOMER_BYTES + textBound(event.data.reason) + (event.data.before.length + event.data.after.length) * HOLDER_BYTES;
    case 'HoldPlaced':
      return 450 + textBound(event.data.memo);
    case 'AccountFrozen':
    case 'AccountUnfrozen':
    case 'AccountClosed':
      return 200 + CUSTOMER_BYTES + textBound(event.data.reason);
    default:
      return 250;
  }
}

/** The same of the metadata of one of the command's events. */
export function metadataBound({ correlationId, commandHash, traceparent, actor, approver }: ShardContext): number {
  let bytes = 420 + 2 * correlationId.length + (commandHash?.length ?? 0) + (traceparent?.length ?? 0);
  for (const person of [actor, approver]) if (person) bytes += 60 + 3 * (person.id.length + person.role.length + (person.branch?.length ?? 0) + person.channel.length);
  return bytes;
}

function legsBound(legs: readonly { readonly memo?: unknown }[]): number {
  let bytes = legs.length * LEG_BYTES;
  for (const { memo } of legs) if (memo !== undefined) bytes += textBound(memo);
  return bytes;
}

/** The envelope: key name, nonce, and the JSON with its tag in base64. */
const textBound = (text: unknown): number => (text === undefined ? 0 : 140 + Math.ceil((Buffer.byteLength(JSON.stringify(text)) + 16) / 3) * 4);
