import { amountText, type CurrencyCode } from '../../shared/kernel/money.js';
import type { BalanceTally } from './balance-check.js';
import type { Balances } from './post-day.js';
import type { Counts, Report } from './report.js';

/** What the bank itself shows of the accounts after the import, against the sum of what it accepted. */
export interface Agreement {
  readonly checked: number;
  readonly differing: readonly { readonly account: string; readonly bankId: string; readonly expected: string; readonly shown: string | null }[];
}

interface TallyText {
  readonly checked: number;
  readonly reconciled: number;
  /** Per cent, two decimals. */
  readonly share: string;
  readonly worstDifference: string;
  readonly worstLine?: number;
}

interface RecordedBalances {
  readonly currency: CurrencyCode;
  readonly againstRecordedBefore: TallyText;
  readonly againstOwn: TallyText;
}

/** The data-quality report of one run: the last line of the report file, and in words on the terminal. */
export interface Summary {
  readonly mapping: string;
  readonly mappingDigest: string;
  readonly wallSeconds: number;
  readonly lines: Readonly<Record<string, Counts>>;
  readonly refused: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly outOfDateOrder: number;
  readonly retries: number;
  readonly recordedBalances: readonly RecordedBalances[];
  readonly bankBalances: Agreement;
}

export function summaryOf(facts: {
  mapping: string; mappingDigest: string; wallMs: number; report: Report; balances: Balances; agreement: Agreement;
  outOfDateOrder: number; retries: number;
}): Summary {
  const { report, balances, agreement } = facts;
  return {
    mapping: facts.mapping,
    mappingDigest: facts.mappingDigest,
    wallSeconds: Math.round(facts.wallMs / 100) / 10,
    lines: report.counts,
    refused: report.refused,
    refusals: report.refusals,
    outOfDateOrder: facts.outOfDateOrder,
    retries: facts.retries,
    recordedBalances: balances.tallies
      .filter(({ chain, own }) => chain.checked + own.checked > 0)
      .map(({ currency, chain, own }) => ({ currency, againstRecordedBefore: tallyText(chain, currency), againstOwn: tallyText(own, currency) })),
    bankBalances: agreement,
  };
}

/** 0 only if everything is in and the bank's own balances are what the lines make them. */
export const isComplete = (summary: Summary): boolean => summary.refused === 0 && summary.bankBalances.differing.length === 0;

const tallyText = ({ checked, reconciled, worst }: BalanceTally, currency: CurrencyCode): TallyText => ({
  checked,
  reconciled,
  share: share(reconciled, checked),
  worstDifference: amountText(worst?.difference ?? 0n, currency),
  ...(worst ? { worstLine: worst.line } : {}),
});

// Cut, not rounded: 100.00 means all.
const share = (part: number, whole: number): string => (whole === 0 ? '0.00' : (Math.floor((10_000 * part) / whole) / 100).toFixed(2));

export function summaryInWords(summary: Summary): string {
  const rows = Object.entries(summary.lines).map(([as, counts]) =>
    `  ${`${as}:`.padEnd(17)} ${outcomesInWords(counts)}`);
  const balances = summary.recordedBalances.flatMap(({ currency, againstRecordedBefore: before, againstOwn: own }) => [
    `  recorded balances, ${currency}, against the recorded balance before: ${tallyInWords(before)}`,
    `  recorded balances, ${currency}, against our own balance:             ${tallyInWords(own)}`,
  ]);
  const { checked, differing } = summary.bankBalances;
  return [
    `${summary.mapping}: ${summary.refused === 0 ? 'every line is in' : `${summary.refused} lines were refused`}, ${summary.wallSeconds} s`,
    ...rows,
    ...Object.entries(summary.refusals).map(([code, count]) => `  refused with ${code}: ${count}`),
    ...(summary.outOfDateOrder > 0 ? [`  lines dated before the one above them: ${summary.outOfDateOrder}`] : []),
    ...(summary.retries > 0 ? [`  requests sent again: ${summary.retries}`] : []),
    ...balances,
    `  accounts whose balance at the bank is the sum of what came in: ${checked - differing.length} of ${checked}`,
    ...differing.slice(0, 5).map((account) => `    ${account.account}: ${account.expected} came in, the bank shows ${account.shown ?? 'nothing'}`),
  ].join('\n');
}

const tallyInWords = (tally: TallyText): string =>
  `${tally.reconciled} of ${tally.checked} (${tally.share} %), worst ${tally.worstDifference}` +
  (tally.worstLine === undefined ? '' : ` on line ${tally.worstLine}`);

const outcomesInWords = (counts: Counts): string =>
  Object.entries(counts).filter(([, count]) => count > 0).map(([outcome, count]) => `${count} ${outcome}`).join(', ');
