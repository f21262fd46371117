import { createHash } from 'node:crypto';
import type { Holder } from '../../shared/events/ledger/events.js';
import { PAGE_SIZE } from '../../shared/kernel/id-table.js';
import { emptyPage, type AccountPage } from './accounts.js';
import type { OpenHold } from './holds.js';
import { LedgerState, type Founding } from './state.js';

/**
 * The state as a row of byte chunks, the same bytes for the same state: a JSON header, then per page of accounts its columns, then holds, joint holders,
 * barred customers and reversed movements. Numbers are little-endian. Nothing in it is personal.
 */
const FORMAT = 2;
const HOLDS_PER_CHUNK = 2_000;
const BARS_PER_CHUNK = 20_000;

interface Header {
  readonly format: number;
  readonly founding: Founding | null;
  readonly businessDate: string;
  readonly numbersIssued: number;
  readonly accounts: number;
  readonly holds: number;
  readonly holdsPlaced: number;
  readonly jointAccounts: number;
  readonly barred: number;
  readonly reversed: number;
  readonly generalLedger: readonly (readonly [string, number])[];
}

type Changing = Pick<AccountPage, 'balances' | 'held' | 'statuses'>;

/**
 * A picture of one moment while the state goes on: what only grows is cut off at its length of that moment, what changes is copied page by page just
 * before it is first written. Taking it costs a copy of the lists of open holds, joint accounts and barred customers and nothing else.
 */
export class StateImage {
  readonly #header: Header;
  readonly #holds: OpenHold[];
  readonly #joint: (readonly [number, readonly Holder[]])[];
  readonly #barred: string[];
  readonly #copies = new Map<number, Changing>();
  #writtenPages = 0;

  constructor(private readonly state: LedgerState) {
    const { accounts, holds } = state;
    if (accounts.beforeWrite) throw new Error('one image at a time');
    this.#holds = holds.unsorted();
    this.#joint = [...state.holders];
    this.#barred = [...state.barred];
    this.#header = {
      format: FORMAT,
      founding: state.founding ? { shard: state.founding.shard, shards: state.founding.shards, timeZone: state.founding.timeZone } : null,
      businessDate: state.businessDate,
      numbersIssued: state.numbersIssued,
      accounts: accounts.count,
      holds: this.#holds.length,
      holdsPlaced: holds.placed,
      jointAccounts: this.#joint.length,
      barred: this.#barred.length,
      reversed: state.reversed.count,
      generalLedger: [...state.generalLedger],
    };
    accounts.beforeWrite = (page) => {
      if (page < this.#writtenPages || this.#copies.has(page) || page * PAGE_SIZE >= this.#header.accounts) return;
      const { balances, held, statuses } = accounts.pages[page]!;
      this.#copies.set(page, { balances: balances.slice(), held: held.slice(), statuses: statuses.slice() });
    };
  }

  /** The chunks in order; each is at most about a megabyte and is made when asked for. */
  *chunks(): Generator<Buffer> {
    yield json(this.#header);
    for (let page = 0; page * PAGE_SIZE < this.#header.accounts; page++) {
      yield this.#accountChunk(page);
      this.#writtenPages = page + 1;
      this.#copies.delete(page);
    }
    this.#holds.sort((a, b) => a.sequence - b.sequence);
    for (let from = 0; from < this.#holds.length; from += HOLDS_PER_CHUNK) {
      const rows = this.#holds.slice(from, from + HOLDS_PER_CHUNK);
      yield json(rows.map(({ holdId, slot, minor, expiresAt, to, sequence }) => [holdId, slot, minor.toString(), expiresAt ?? null, to ?? null, sequence]));
    }
    this.#joint.sort(([a], [b]) => a - b);
    for (let from = 0; from < this.#joint.length; from += HOLDS_PER_CHUNK)
      yield json(this.#joint.slice(from, from + HOLDS_PER_CHUNK).map(([slot, holders]) => [slot, holders.map(({ customerId, role }) => [customerId, role])]));
    this.#barred.sort();
    for (let from = 0; from < this.#barred.length; from += BARS_PER_CHUNK) yield json(this.#barred.slice(from, from + BARS_PER_CHUNK));
    for (let from = 0; from < this.#header.reversed; from += PAGE_SIZE)
      yield Buffer.from(bytes(this.state.reversed.wordsOfPage(from / PAGE_SIZE, Math.min(PAGE_SIZE, this.#header.reversed - from))));
  }

  /** Must be called at the end, whether or not all chunks were taken. */
  release(): void {
    this.state.accounts.beforeWrite = undefined;
    this.#copies.clear();
  }

  #accountChunk(page: number): Buffer {
    const rows = Math.min(PAGE_SIZE, this.#header.accounts - page * PAGE_SIZE);
    const columns = this.state.accounts.pages[page]!;
    const changing: Changing = this.#copies.get(page) ?? columns;
    return Buffer.concat([
      bytes(this.state.accounts.ids.wordsOfPage(page, rows)),
      bytes(columns.customers.subarray(0, rows * 4)),
      bytes(columns.limits.subarray(0, rows)),
      bytes(changing.balances.subarray(0, rows)),
      bytes(changing.held.subarray(0, rows)),
      bytes(columns.currencies.subarray(0, rows)),
      bytes(columns.traits.subarray(0, rows)),
      bytes(changing.statuses.subarray(0, rows)),
    ]);
  }
}

/** SHA-256 (hex) over the state's whole image. */
export function stateHash(state: LedgerState): string {
  const image = new StateImage(state);
  const hash = createHash('sha256');
  try {
    for (const chunk of image.chunks()) hash.update(chunk);
  } finally {
    image.release();
  }
  return hash.digest('hex');
}

/** Builds a state from its image; throws when it is not one of this format. The caller checks the hash. */
export async function restoreState(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<LedgerState> {
  const state = new LedgerState();
  let header: Header | undefined;
  let holdRows: OpenHold[] = [];
  let joint = 0;
  for await (const chunk of chunks) {
    if (!header) {
      header = JSON.parse(chunk.toString('utf8')) as Header;
      if (header.format !== FORMAT) throw new Error(`snapshot of format ${header.format}`);
      if (header.founding) state.found(header.founding);
      state.openBusinessDate(header.businessDate);
    } else if (state.accounts.count < header.accounts) restoreAccounts(state, chunk, Math.min(PAGE_SIZE, header.accounts - state.accounts.count));
    else if (holdRows.length < header.holds) holdRows = holdRows.concat(readHolds(chunk));
    else if (joint < header.jointAccounts) joint += restoreJoint(state, chunk);
    else if (state.barred.size < header.barred) for (const customerId of JSON.parse(chunk.toString('utf8')) as string[]) state.bar(customerId);
    else restoreReversed(state, chunk);
  }
  if (!header || state.accounts.count !== header.accounts || holdRows.length !== header.holds || state.barred.size !== header.barred || state.reversed.count !== header.reversed)
    throw new Error('the snapshot is not whole');
  state.holds.restore(holdRows, header.holdsPlaced);
  for (const [key, slot] of header.generalLedger) state.setGeneralLedger(key, slot);
  state.restoreNumbers(header.numbersIssued);
  state.journal.forgetTo(state.journal.mark());
  return state;
}

function restoreAccounts(state: LedgerState, chunk: Buffer, rows: number): void {
  const page = emptyPage();
  const ids = new Uint32Array(rows * 4);
  let at = 0;
  const fill = (column: Uint32Array | BigInt64Array | Uint8Array): void => {
    const target = bytes(column);
    if (chunk.copy(target, 0, at, at + target.length) !== target.length) throw new Error('an account chunk is too short');
    at += target.length;
  };
  fill(ids);
  fill(page.customers.subarray(0, rows * 4));
  fill(page.limits.subarray(0, rows));
  fill(page.balances.subarray(0, rows));
  fill(page.held.subarray(0, rows));
  fill(page.currencies.subarray(0, rows));
  fill(page.traits.subarray(0, rows));
  fill(page.statuses.subarray(0, rows));
  if (at !== chunk.length) throw new Error('an account chunk is too long');
  for (let row = 0; row < rows; row++) state.accounts.ids.addWords(ids.subarray(row * 4, row * 4 + 4));
  state.accounts.pages.push(page);
}

function readHolds(chunk: Buffer): OpenHold[] {
  const rows = JSON.parse(chunk.toString('utf8')) as [string, number, string, number | null, string | null, number][];
  return rows.map(([holdId, slot, minor, expiresAt, to, sequence]) => ({
    holdId, slot, minor: BigInt(minor), expiresAt: expiresAt ?? undefined, to: to ?? undefined, sequence,
  }));
}

function restoreJoint(state: LedgerState, chunk: Buffer): number {
  const rows = JSON.parse(chunk.toString('utf8')) as [number, [string, Holder['role']][]][];
  for (const [slot, holders] of rows) state.setHolders(slot, holders.map(([customerId, role]) => ({ customerId, role })));
  return rows.length;
}

function restoreReversed(state: LedgerState, chunk: Buffer): void {
  const words = new Uint32Array(chunk.length / 4);
  chunk.copy(bytes(words));
  for (let at = 0; at < words.length; at += 4) state.reversed.addWords(words.subarray(at, at + 4));
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const bytes = (column: Uint32Array | BigInt64Array | Uint8Array): Buffer => Buffer.from(column.buffer, column.byteOffset, column.byteLength);
