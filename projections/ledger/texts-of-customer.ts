import type { Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import { openMemos } from './memo.js';

interface TextRow {
  readonly kind: 'memo' | 'hold' | 'reversal';
  readonly account_id: string;
  readonly recorded_at: Date;
  readonly event_id: string;
  readonly pointer: string;
  readonly envelope: Envelope;
}

const PAGE = 500;

/**
 * What staff and customers wrote beside the movements of a customer's own accounts: memos, holds' memos, reasons of reversals. As many of them as the
 * customer's key opens.
 */
export async function* textsOfCustomer({ store, vault }: { readonly store: ReadStore; readonly vault: Vault }, customerId: string): AsyncIterable<object> {
  const keyId = (await vault.keysOf([customerId])).get(customerId)!.keyId;
  let after = ['0001-01-01', '00000000-0000-0000-0000-000000000000', ''];
  for (;;) {
    const rows = await store.query<TextRow>(TEXTS, [customerId, ...after, PAGE], 'ledger_texts_of_customer');
    const own = rows.filter(({ envelope }) => envelope.keyId === keyId);
    const texts = await openMemos(vault, own.map(({ envelope, event_id: eventId, pointer }) => ({ envelope, eventId, pointer })));
    for (const [index, { kind, account_id: accountId, recorded_at, event_id: eventId }] of own.entries())
      if (texts[index] !== null) yield { kind, accountId, eventId, recordedAt: recorded_at.toISOString(), text: texts[index] };
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = [last.recorded_at.toISOString(), last.event_id, `${last.kind}${last.pointer}`];
  }
}

/** An account's own rows, each with the event that its text is bound to. */
const TEXTS = `
  with own as (select id from ledger.accounts where customer_id = $1::uuid),
  texts as (
    select 'memo' as kind, entry.account_id, entry.recorded_at, movement.event_id, '/legs/' || entry.leg || '/memo' as pointer, entry.memo as envelope
      from own join ledger.entries as entry on entry.account_id = own.id join ledger.movements as movement on movement.shard = entry.shard and movement.revision = entry.revision
      where entry.memo is not null
    union all
    select 'hold', hold.account_id, hold.placed_at, hold.placed_by, '/memo', hold.memo from own join ledger.holds as hold on hold.account_id = own.id where hold.memo is not null
    union all
    select 'reversal', entry.account_id, entry.recorded_at, movement.event_id, '/reasons/' || (reason.place - 1) || '/reason', reason.envelope
      from own join ledger.entries as entry on entry.account_id = own.id join ledger.movements as movement on movement.shard = entry.shard and movement.revision = entry.revision,
        jsonb_array_elements(movement.reasons) with ordinality as reason(envelope, place)
      where movement.reasons is not null
  )
  select * from texts where (recorded_at, event_id, kind || pointer) > ($2::timestamptz, $3::uuid, $4::text) order by recorded_at, event_id, kind || pointer limit $5`;
