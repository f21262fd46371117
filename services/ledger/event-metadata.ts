import type { EventMetadata } from '../../shared/events/definition.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import type { BookedOn } from './commands.js';
import type { ShardContext } from './waiting.js';

export const movesMoney = (event: LedgerEvent): boolean =>
  event.type === 'TransferPosted' || event.type === 'DepositPosted' || event.type === 'WithdrawalPosted' || event.type === 'ReversalPosted' || event.type === 'HoldCaptured';

/** Metadata of a command's events; the booking and value date only where money moves. The codec fills in the schema's version. */
export function metadataOf(context: ShardContext, recordedAt: string, booked: BookedOn | undefined, businessDate: string): EventMetadata {
  const metadata: EventMetadata = {
    commandId: context.commandId,
    $correlationId: context.correlationId,
    $causationId: context.causationId ?? context.commandId,
    actor: context.actor,
    schemaVersion: 1,
    recordedAt,
  };
  if (context.commandHash !== undefined) metadata.commandHash = context.commandHash;
  if (context.approver !== undefined) metadata.approver = context.approver;
  if (context.traceparent !== undefined) metadata.traceparent = context.traceparent;
  if (booked) {
    metadata.bookingDate = booked.bookingDate ?? businessDate;
    metadata.valueDate = booked.valueDate ?? metadata.bookingDate;
  }
  return metadata;
}
