import type { Envelope } from '../../../shared/crypto/envelope.js';
import type { Vault } from '../../../shared/crypto/vault.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { openMemos } from '../memo.js';
import { cutPage, moneyFrom, present } from '../views.js';
import type { HoldStatus } from './apply.js';

const columns = `id, account_id, currency, amount::text, captured::text, status, placed_at, expires_at, ended_at, pays_to, movement_id, memo, placed_by,
  placed_revision::text, revision::text`;

interface HoldRow {
  readonly id: string;
  readonly account_id: string;
  readonly currency: string;
  readonly amount: string;
  readonly captured: string;
  readonly status: HoldStatus;
  readonly placed_at: Date;
  readonly expires_at: Date | null;
  readonly ended_at: Date | null;
  readonly pays_to: string | null;
  readonly movement_id: string | null;
  readonly memo: Envelope | null;
  readonly placed_by: string;
  readonly placed_revision: string;
  readonly revision: string;
}

export type HoldView = ReturnType<typeof viewOf>;

export interface HoldSource {
  readonly store: ReadStore;
  readonly vault: Vault;
}

export async function holdById({ store, vault }: HoldSource, id: string): Promise<HoldView | undefined> {
  const rows = await store.query<HoldRow>(`select ${columns} from ledger.holds where id = $1`, [id], 'ledger_hold_by_id');
  return (await viewsOf(vault, rows))[0];
}

export interface HoldPage {
  readonly items: HoldView[];
  /** The revision at which the page's last hold was placed; absent on the last page. */
  readonly next: string | undefined;
}

/** Newest first. */
export async function holdsOf({ store, vault }: HoldSource, accountId: string, status: HoldStatus | undefined, limit: number, before?: string): Promise<HoldPage> {
  const rows = await store.query<HoldRow>(
    `select ${columns} from ledger.holds
     where account_id = $1 and ($2::text is null or status = $2) and ($3::bigint is null or placed_revision < $3)
     order by holds.placed_revision desc limit $4`,
    [accountId, status ?? null, before ?? null, limit + 1],
  );
  const { items, last } = cutPage(rows, limit);
  return { items: await viewsOf(vault, items), next: last?.placed_revision };
}

async function viewsOf(vault: Vault, rows: readonly HoldRow[]): Promise<HoldView[]> {
  const memos = await openMemos(vault, rows.map((row) => ({ envelope: row.memo, eventId: row.placed_by, pointer: '/memo' })));
  return rows.map((row, index) => viewOf(row, memos[index]!));
}

const viewOf = (row: HoldRow, memo: string | null) =>
  present({
    id: row.id,
    accountId: row.account_id,
    money: moneyFrom(row.amount, row.currency),
    captured: moneyFrom(row.captured, row.currency),
    status: row.status,
    placedAt: row.placed_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    to: row.pays_to,
    movementId: row.movement_id,
    memo,
    revision: Number(row.revision),
  });
