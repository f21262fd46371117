import type { SecureContextOptions } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { amountText } from '../../shared/kernel/money.js';
import { BankClient } from './bank-client.js';
import { checkFiles } from './check-files.js';
import { importAccounts } from './import-accounts.js';
import { importCustomers } from './import-customers.js';
import { importMovements } from './import-movements.js';
import { keyOf, type ImportRun } from './import-run.js';
import { Lookups } from './lookups.js';
import type { LoadedMapping } from './load-mapping.js';
import { OrderedWork } from './ordered-work.js';
import type { Progress } from './progress.js';
import { Balances } from './post-day.js';
import { Report } from './report.js';
import { StateFile } from './state-file.js';
import { summaryOf, type Agreement, type Summary } from './summary.js';

export interface ImportOptions {
  readonly url: string;
  readonly token: string;
  readonly tls?: SecureContextOptions;
  readonly concurrency: number;
  readonly patienceMs: number;
  /** How long the bank's queries may take to show what was posted. */
  readonly projectionPatienceMs: number;
  readonly reportPath: string;
  readonly statePath: string;
  readonly progress: Progress;
}

/** Brings a folder in. Throws MappingUnusable, BankUnavailable; a line that cannot come in is in the report and the summary. */
export async function runImport({ mapping, digest }: LoadedMapping, dir: string, options: ImportOptions): Promise<Summary> {
  const startedAt = performance.now();
  await checkFiles(mapping, dir);
  let retries = 0;
  const bank = new BankClient({
    url: options.url.replace(/\/+$/, ''), token: options.token, patienceMs: options.patienceMs, requestTimeoutMs: 30_000, ...(options.tls && { tls: options.tls }), onRetry: () => retries++,
  });
  await bank.assertReady();
  const lookups = await Lookups.load(mapping, dir);
  const state = await StateFile.open(options.statePath, options.url, mapping.name);
  const report = await Report.open(options.reportPath);
  const run: ImportRun = {
    mapping, dir, lookups, bank, state, report,
    work: new OrderedWork(options.concurrency),
    progress: options.progress,
    customers: new Map(), accounts: new Map(), position: 0n,
  };
  let summary: Summary | undefined;
  try {
    await forgetAnotherBank(run);
    await importCustomers(run);
    await importAccounts(run);
    const balances = new Balances(mapping.movements?.recordedBalance?.tolerance ?? '0');
    const { outOfDateOrder } = await importMovements(run, balances);
    const agreement = await compareBalances(run, options.projectionPatienceMs);
    summary = summaryOf({
      mapping: mapping.name, mappingDigest: digest, wallMs: performance.now() - startedAt, report, balances, agreement, outOfDateOrder, retries,
    });
    return summary;
  } finally {
    options.progress.end();
    await run.work.settle();
    bank.close();
    await Promise.all([report.close(summary), state.close()]);
  }
}

/** A state file of a bank that was founded anew would keep lines out: the bank must still know the first account it names. */
async function forgetAnotherBank({ mapping, state, bank }: ImportRun): Promise<void> {
  const things = [['customers', mapping.customers?.file], ['accounts', mapping.accounts?.file]] as const;
  for (const [thing, file] of things) {
    const known = file === undefined ? undefined : state.firstWith(keyOf(mapping, file, ''));
    if (known && (await bank.query(`/v1/${thing}/${known.id}`)) === undefined) return state.discard();
  }
}

const accountSchema = z.looseObject({ balance: z.looseObject({ amount: z.string(), currency: z.string() }) });
const AGREEMENT_PAUSE_MS = 250;

/** What the bank itself says of every account that a line was for, against the sum of what it accepted. */
async function compareBalances(run: ImportRun, patienceMs: number): Promise<Agreement> {
  const differing: Agreement['differing'][number][] = [];
  const moved = [...run.accounts].filter(([, account]) => account.moved);
  for (const [sourceId, account] of moved) {
    await run.work.add([], async () => {
      const expected = amountText(account.balance, account.currency);
      let shown: string | undefined;
      // The answer may come from a projection that has not yet seen what an earlier run posted.
      for (const deadline = performance.now() + patienceMs; ;) {
        const after = run.position > 0n ? `?after=${run.position}` : '';
        const answer = accountSchema.safeParse(await run.bank.query(`/v1/accounts/${account.id}${after}`));
        shown = answer.data?.balance.amount;
        if (shown === expected || performance.now() > deadline) break;
        await sleep(AGREEMENT_PAUSE_MS);
      }
      if (shown !== expected) differing.push({ account: sourceId, bankId: account.id, expected, shown: shown ?? null });
    });
  }
  await run.work.drain();
  return { checked: moved.length, differing };
}

