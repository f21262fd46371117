import type { LedgerEvent } from '../../../shared/events/ledger/events.js';
import { BigColumn, NumberColumn, TimeColumn } from '../../../shared/kernel/columns.js';
import { KeyTable } from '../../../shared/kernel/key-table.js';
import { jsonText, type TextRow } from '../../../shared/read-store/verify.js';
import { dateNumber, dateOf, timeOf } from '../verified-values.js';

export type Opened = Extract<LedgerEvent, { type: 'AccountOpened' }>['data'];
type Holders = Opened['holders'];

const STATUSES = ['open', 'frozen-full', 'frozen-debit-only', 'closed'];
const OWNER_ALONE = 1;
const OTHERS = 2;

/** What changes about accounts, by slot, as `verify` adds it up: about 95 bytes each, 24 more for each owner, some 200 for each with further holders. */
export class AccountColumns {
  readonly ids = new KeyTable();
  readonly balances = new BigColumn();
  readonly held = new BigColumn();
  readonly closedAt = new TimeColumn();
  private readonly lastMovementAt = new TimeColumn();
  private readonly firstRecordedAt = new TimeColumn();
  private readonly firstBookingDate = new NumberColumn(Int32Array);
  private readonly revisions = new NumberColumn(Float64Array);
  private readonly positions = new BigColumn();
  private readonly statuses = new NumberColumn(Uint8Array);
  private readonly debitNormal = new NumberColumn(Uint8Array);
  private readonly owners = new KeyTable();
  private readonly ownerOf = new NumberColumn(Int32Array);
  private readonly holdersKind = new NumberColumn(Uint8Array);
  private readonly otherHolders = new Map<number, Holders>();

  open({ accountId, normalSide, customerId, holders }: Opened): void {
    const slot = this.ids.slotOf(accountId);
    this.debitNormal.set(slot, normalSide === 'debit' ? 1 : 0);
    this.ownerOf.set(slot, customerId === undefined ? -1 : this.owners.slotOf(customerId));
    this.setHolders(slot, holders);
  }

  setHolders(slot: number, holders: Holders): void {
    const [first, ...rest] = holders;
    const ownerAlone = first !== undefined && rest.length === 0 && first.role === 'owner' && first.customerId === this.ownerText(slot);
    this.holdersKind.set(slot, first === undefined ? 0 : ownerAlone ? OWNER_ALONE : OTHERS);
    if (first === undefined || ownerAlone) this.otherHolders.delete(slot);
    else this.otherHolders.set(slot, holders);
  }

  setStatus(slot: number, status: string): void {
    this.statuses.set(slot, STATUSES.indexOf(status));
  }

  touch(slot: number, revision: bigint, position: bigint): void {
    this.revisions.set(slot, Number(revision));
    this.positions.set(slot, position);
  }

  move(slot: number, side: 'debit' | 'credit', minor: bigint, recordedMs: number, bookingDate: string): void {
    const normal = this.debitNormal.get(slot) === 1 ? 'debit' : 'credit';
    this.balances.add(slot, side === normal ? minor : -minor);
    this.lastMovementAt.set(slot, recordedMs);
    if (recordedMs < (this.firstRecordedAt.get(slot) ?? Infinity)) this.firstRecordedAt.set(slot, recordedMs);
    const [first, booked] = [this.firstBookingDate.get(slot), dateNumber(bookingDate)];
    if (first === 0 || booked < first) this.firstBookingDate.set(slot, booked);
  }

  rowOf(slot: number): TextRow {
    const owner = this.ownerText(slot);
    const kind = this.holdersKind.get(slot);
    const holders: Holders = kind === OTHERS ? this.otherHolders.get(slot)! : kind === OWNER_ALONE ? [{ customerId: owner!, role: 'owner' }] : [];
    const parties = new Set([owner, ...holders.map((holder) => holder.customerId)].filter((id) => id !== undefined));
    const firstBooked = this.firstBookingDate.get(slot);
    return {
      id: this.ids.keyOf(slot),
      holders: jsonText(holders),
      parties: `{${[...parties].join(',')}}`,
      status: STATUSES[this.statuses.get(slot)]!,
      balance: String(this.balances.get(slot)),
      held: String(this.held.get(slot)),
      closed_at: timeOf(this.closedAt.get(slot)),
      last_movement_at: timeOf(this.lastMovementAt.get(slot)),
      first_recorded_at: timeOf(this.firstRecordedAt.get(slot)),
      first_booking_date: firstBooked === 0 ? null : dateOf(firstBooked),
      revision: String(this.revisions.get(slot)),
      position: String(this.positions.get(slot)),
    };
  }

  private ownerText(slot: number): string | undefined {
    const owner = this.ownerOf.get(slot);
    return owner < 0 ? undefined : this.owners.keyOf(owner);
  }
}
