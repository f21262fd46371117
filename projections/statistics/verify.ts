import { HEAD_OFFICE } from '../../shared/access/rights.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import { NumberColumn } from '../../shared/kernel/columns.js';
import { KeyTable } from '../../shared/kernel/key-table.js';
import { moneyOf } from '../../shared/kernel/money.js';
import { compareRows, readRows, type Difference, type ReadRows, type TextRow, type Verifier } from '../../shared/read-store/verify.js';
import { accountDaysTable, accountsTable, branchMonthsTable, paymentsTable } from './tables.js';
import { VerifiedSums } from './verified-sums.js';

/** So many newly opened accounts are compared at a time. */
const BATCH = 1_000;
const KINDS: Readonly<Record<string, string>> = {
  DepositPosted: 'deposit', WithdrawalPosted: 'withdrawal', TransferPosted: 'transfer', ReversalPosted: 'reversal', HoldCaptured: 'hold-capture',
};

/** Texts of which there are few (days, kinds, branches, lines of sums), as numbers. */
class Names {
  private readonly texts: string[] = [];
  private readonly numbers = new Map<string, number>();
  numberOf(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) this.numbers.set(text, (number = this.texts.push(text) - 1));
    return number;
  }
  find = (text: string | null): number => this.numbers.get(text!) ?? -1;
  textOf = (number: number): string => this.texts[number]!;
}

/** Adds up every leg. About 45 bytes for each row of sums, 30 for each account and each customer who paid another. */
export function statisticsVerifier(read: ReadRows): Verifier {
  const accounts = new KeyTable();
  /** 0 for the bank's own, else one more than the branch's number. */
  const branchOf = new NumberColumn(Int32Array);
  const customers = new KeyTable();
  const opened = new Map<string, TextRow>();
  const names = new Names();
  const [days, months, payments] = [new VerifiedSums(), new VerifiedSums(), new VerifiedSums()];

  async function* compareOpened(): AsyncGenerator<Difference> {
    yield* compareRows(accountsTable, opened, (row) => row, readRows(read, accountsTable, 'id = any($1::uuid[])', [[...opened.keys()]]));
  }

  function take(legs: readonly Leg[], kind: string, { stream, metadata }: Recorded): void {
    const day = metadata.bookingDate!;
    const [month, shard] = [`${day.slice(0, 7)}-01`, stream.replace('ledger-', '')];
    for (const { accountId, side, money } of legs) {
      const slot = accounts.find(accountId);
      if (slot < 0) continue;
      const { minor } = moneyOf(money);
      days.add([slot, names.numberOf(day), names.numberOf(kind)], side, minor);
      const branch = branchOf.get(slot);
      if (branch > 0) months.add([names.numberOf(lineOf([month, names.textOf(branch - 1), kind, metadata.actor.channel, money.currency, shard])), 0, 0], side, minor);
    }
    for (const [from, to, currency, minor] of paid(legs))
      payments.add([customers.slotOf(from), customers.slotOf(to), names.numberOf(lineOf([month, kind, currency, shard]))], 'debit', minor);
  }

  return {
    take(recorded) {
      const { type, data } = recorded.event as LedgerEvent;
      if (type === 'AccountOpened') {
        const row = rowOf(data);
        opened.set(data.accountId, row);
        branchOf.set(accounts.slotOf(data.accountId), data.kind === 'customer' ? names.numberOf(row['branch']!) + 1 : 0);
      }
      if (KINDS[type] !== undefined && 'legs' in data) take(data.legs, KINDS[type], recorded);
      return opened.size < BATCH ? undefined : compareOpened();
    },
    async *finish() {
      yield* compareOpened();
      for await (const row of readRows(read, accountsTable)) if (accounts.find(row['id']!) < 0) yield { projection: 'statistics', table: accountsTable.table, key: row['id']!, kind: 'extra' };
      yield* days.compare(read, accountDaysTable,
        (row) => known(accounts.find(row['account_id']!), names.find(row['booked_on']!), names.find(row['kind']!)),
        ([slot, day, kind]) => ({ account_id: accounts.keyOf(slot), booked_on: names.textOf(day), kind: names.textOf(kind) }));
      yield* months.compare(read, branchMonthsTable, (row) => known(names.find(lineOf(BRANCH_LINE.map((name) => row[name]!))), 0, 0), ([line]) => fieldsOf(names.textOf(line), BRANCH_LINE));
      yield* payments.compare(read, paymentsTable,
        (row) => known(customers.find(row['debit_customer']!), customers.find(row['credit_customer']!), names.find(lineOf(PAYMENT_LINE.map((name) => row[name]!)))),
        ([from, to, line]) => ({ debit_customer: customers.keyOf(from), credit_customer: customers.keyOf(to), ...fieldsOf(names.textOf(line), PAYMENT_LINE) }));
    },
  };
}

const BRANCH_LINE = ['month', 'branch', 'kind', 'channel', 'currency', 'shard'];
const PAYMENT_LINE = ['month', 'kind', 'currency', 'shard'];
const lineOf = (values: readonly string[]): string => JSON.stringify(values);
const fieldsOf = (line: string, names: readonly string[]): TextRow => Object.fromEntries((JSON.parse(line) as string[]).map((value, index) => [names[index]!, value]));

const known = (...numbers: [number, number, number]) => (numbers.every((number) => number >= 0) ? numbers : undefined);

const rowOf = (data: Extract<LedgerEvent, { type: 'AccountOpened' }>['data']): TextRow => ({
  id: data.accountId, account_number: data.accountNumber, kind: data.kind, normal_side: data.normalSide, product: data.product, currency: data.currency,
  customer_id: data.customerId ?? null, branch: data.branch ?? HEAD_OFFICE,
});

/** By places on one long line of money: the debits of a currency one behind the other, the credits likewise; what lies above each other was paid by the one to the other. */
function* paid(legs: readonly Leg[]): Iterable<readonly [from: string, to: string, currency: string, minor: bigint]> {
  for (const currency of new Set(legs.map(({ money }) => money.currency))) {
    const [debits, credits] = [spans(legs, 'debit', currency), spans(legs, 'credit', currency)];
    for (const debit of debits)
      for (const credit of credits) {
        const minor = least(debit.end, credit.end) - most(debit.start, credit.start);
        if (minor > 0n && debit.customerId !== undefined && credit.customerId !== undefined) yield [debit.customerId, credit.customerId, currency, minor];
      }
  }
}

function spans(legs: readonly Leg[], side: Leg['side'], currency: string) {
  let end = 0n;
  return legs.filter((leg) => leg.side === side && leg.money.currency === currency).map(({ customerId, money }) => ({ customerId, start: end, end: (end += moneyOf(money).minor) }));
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
