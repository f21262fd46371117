import type { LedgerEvent } from '../../shared/events/ledger/events.js';

const METADATA_BYTES = 900;
const LEG_BYTES = 420;
const HOLDER_BYTES = 100;
/** Sealed: AES-GCM's tag and nonce, the key's name, all in base64. */
const ENVELOPE_BYTES = 220;

/** An upper bound of what the event takes in the log, data and metadata, without making its JSON. */
export function sizeBound(event: LedgerEvent): number {
  switch (event.type) {
    case 'DepositPosted':
    case 'WithdrawalPosted':
    case 'TransferPosted':
    case 'ReversalPosted':
    case 'HoldCaptured': {
      let bytes = METADATA_BYTES + 700;
      for (const { memo } of event.data.legs) bytes += LEG_BYTES + (typeof memo === 'string' ? ENVELOPE_BYTES + memo.length * 6 : 0);
      return bytes;
    }
    case 'AccountOpened':
      return METADATA_BYTES + 800 + event.data.holders.length * HOLDER_BYTES;
    case 'HoldersChanged':
      return METADATA_BYTES + 1_000 + (event.data.before.length + event.data.after.length) * HOLDER_BYTES;
    case 'HoldPlaced':
      return METADATA_BYTES + 600 + ENVELOPE_BYTES + (typeof event.data.memo === 'string' ? event.data.memo.length * 6 : 0);
    default:
      return METADATA_BYTES + 1_200;
  }
}
