import type { CsvTable } from '../../shared/http/csv.js';
import type { BalanceSeries } from './balance-series.js';
import type { BalanceSheet } from './balance-sheet.js';
import type { BranchFlowReport } from './branch-flow-report.js';
import type { FlowReport } from './flow-report.js';

/** An answer as its reader is shown it: what is hidden from them is absent. */
type Shown<T> = T extends readonly (infer Item)[] ? Shown<Item>[] : T extends object ? { readonly [Name in keyof T]?: Shown<T[Name]> | undefined } : T;

/** Each currency has columns of its own, its code in their names, so that a column holds one unit. */
const inCurrency = (currency: string | undefined, names: readonly string[]): string[] => names.map((name) => `${name} (${currency})`);

/** A row for each month and kind that had an entry. */
export function flowsTable({ currencies = [] }: Shown<FlowReport>): CsvTable {
  const withOwn = currencies.some(({ own }) => own !== undefined);
  const names = ['in', 'out', 'net', ...(withOwn ? ['between own accounts'] : []), 'entries'];
  const all = currencies.map(({ months = [] }) => new Map(months.flatMap(({ month, kinds = [] }) => kinds.map((flow) => [`${month} ${flow.kind}`, { month, ...flow }] as const))));
  const rows = new Map(all.flatMap((flows) => [...flows].map(([key, { month, kind }]) => [key, [month, kind]] as const)));
  return {
    header: ['month', 'kind', ...currencies.flatMap(({ currency }) => inCurrency(currency, names))],
    rows: [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, place]) => [
      ...place,
      ...all.flatMap((flows) => {
        const flow = flows.get(key);
        return flow ? [flow.in, flow.out, flow.net, ...(withOwn ? [flow.own] : []), flow.entries] : names.map(() => undefined);
      }),
    ]),
  };
}

/** A row for each day or month. */
export function balancesTable({ step, currencies = [] }: Shown<BalanceSeries>): CsvTable {
  const names = step === 'month' ? ['closing balance', 'average balance'] : ['closing balance'];
  return {
    header: ['date', ...currencies.flatMap(({ currency }) => inCurrency(currency, names))],
    rows: (currencies[0]?.points ?? []).map(({ date }, index) => [
      date,
      ...currencies.flatMap(({ points = [] }) => (step === 'month' ? [points[index]?.balance, points[index]?.average] : [points[index]?.balance])),
    ]),
  };
}

/** A row for each account. */
export function sheetTable({ accounts = [] }: Shown<BalanceSheet>): CsvTable {
  const currencies = [...new Set(accounts.flatMap(({ currency }) => currency ?? []))].sort();
  return {
    header: ['account', 'product', ...currencies.flatMap((currency) => inCurrency(currency, ['owed to the customer', 'owed by the customer']))],
    rows: accounts.map(({ accountNumber, product, currency, owedToCustomer, owedByCustomer }) => [
      accountNumber, product, ...currencies.flatMap((one) => (one === currency ? [owedToCustomer, owedByCustomer] : [undefined, undefined])),
    ]),
  };
}

/** A row for each month, branch, kind and channel. */
export function branchFlowsTable({ flows = [] }: Shown<BranchFlowReport>): CsvTable {
  const currencies = [...new Set(flows.flatMap(({ currency }) => currency ?? []))].sort();
  const rows = new Map<string, (typeof flows)[number][]>();
  for (const flow of flows) {
    const key = JSON.stringify([flow.month, flow.branch, flow.kind, flow.channel]);
    rows.set(key, [...(rows.get(key) ?? []), flow]);
  }
  return {
    header: ['month', 'branch', 'kind', 'channel', ...currencies.flatMap((currency) => inCurrency(currency, ['in', 'out', 'net', 'entries']))],
    rows: [...rows.values()].map((group) => [
      group[0]!.month, group[0]!.branch, group[0]!.kind, group[0]!.channel,
      ...currencies.flatMap((currency) => {
        const flow = group.find((one) => one.currency === currency);
        return [flow?.in, flow?.out, flow?.net, flow?.entries];
      }),
    ]),
  };
}
