import { CURRENCIES, minorOf, type CurrencyCode } from '../../shared/kernel/money.js';

/** What a customer's account may be. Terms never change under a version: new terms are a new version, and an account keeps the one it was opened with. */
export interface Product {
  readonly code: string;
  readonly version: number;
  readonly title: string;
  readonly currencies: readonly CurrencyCode[];
  /** How far below zero the balance may go, in minor units, per currency; none where absent. */
  readonly overdraftLimits: Partial<Record<CurrencyCode, bigint>>;
}

const SAVINGS_CURRENCIES = ['CNY', 'USD', 'EUR', 'HKD', 'JPY', 'CZK', 'GBP', 'AUD', 'CAD', 'CHF', 'SGD', 'KRW', 'KWD'] as const;

const limits = (amounts: Partial<Record<CurrencyCode, string>>): Partial<Record<CurrencyCode, bigint>> =>
  Object.fromEntries(Object.entries(amounts).map(([currency, amount]) => [currency, minorOf(amount, currency as CurrencyCode)]));

export const PRODUCTS: readonly Product[] = [
  { code: 'demand-savings', version: 1, title: 'Demand savings', currencies: SAVINGS_CURRENCIES, overdraftLimits: {} },
  {
    code: 'current-overdraft',
    version: 1,
    title: 'Current account with overdraft',
    currencies: ['CNY', 'USD', 'EUR', 'HKD', 'CZK'],
    overdraftLimits: limits({ CNY: '10000.00', USD: '2000.00', EUR: '2000.00', HKD: '10000.00', CZK: '100000.00' }),
  },
];

/** The terms offered to new accounts today. */
export const newestProduct = (code: string): Product | undefined =>
  PRODUCTS.filter((product) => product.code === code).sort((a, b) => b.version - a.version)[0];

/** The bank's own lines; each shard has an account for every line and currency. `normalSide` is where its balance is positive. */
export const GENERAL_LEDGER_LINES = [
  { line: 'cash', normalSide: 'debit', title: 'Cash in tills, vault and machines' },
  { line: 'clearing', normalSide: 'debit', title: 'Clearing with other banks and the card network' },
  { line: 'opening', normalSide: 'credit', title: 'Opening balances and suspense' },
  { line: 'interest-expense', normalSide: 'debit', title: 'Interest paid to customers' },
  { line: 'fee-income', normalSide: 'credit', title: 'Fees and interest earned from customers' },
] as const;
export type GeneralLedgerLine = (typeof GENERAL_LEDGER_LINES)[number]['line'];
export const LINE_CODES = GENERAL_LEDGER_LINES.map(({ line }) => line) as unknown as readonly [GeneralLedgerLine, ...GeneralLedgerLine[]];

/** The product code that a general-ledger account's AccountOpened carries. */
export const lineProduct = (line: GeneralLedgerLine): string => `gl-${line}`;

export const CURRENCY_CODES = Object.keys(CURRENCIES) as readonly CurrencyCode[];
