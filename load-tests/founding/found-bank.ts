import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openRecords } from '../../infra/audit/open-records.js';
import { startBankUnderTest } from '../../infra/journeys/bank-under-test.js';
import { loadConfig } from '../../shared/config/config.js';
import { createLogger } from '../../shared/telemetry/logger.js';
import { foundCustomers } from './found-customers.js';
import type { Founded } from './founded-ids.js';
import { foundMoney } from './found-money.js';

const fileIn = (dataDir: string): string => path.join(dataDir, 'founded.json');

/** What a bank in this folder was founded with; undefined where nobody founded one here. */
export function foundedIn(dataDir: string): Founded | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as Founded;
  } catch {
    return undefined;
  }
}

/**
 * A bank of made-up people in a fresh data folder, stopped. The bank itself is started once, so that it is founded as every bank is; then customers and money are written into its log by the module's own
 * deciders, as one writer with nobody beside it. Read models come from the log when the bank starts again.
 */
export async function foundBank(dataDir: string, founded: Founded, say: (line: string) => void): Promise<void> {
  if (founded.accounts > 0 && founded.customers < 1) throw new Error('accounts need customers');
  if (founded.transactions > 0 && founded.accounts < 2) throw new Error('transactions need two accounts');
  const bank = await startBankUnderTest({ dataDir });
  await bank.stop();
  const config = loadConfig({ PASSBOOK_DATA_DIR: dataDir });
  const records = await openRecords(config, createLogger({ logLevel: 'silent' }, 'load'));
  const begun = performance.now();
  let told = begun;
  const progressed = (what: string, done: number): void => {
    const now = performance.now();
    if (now - told < 10_000) return;
    told = now;
    say(`founding: ${done.toLocaleString('en')} ${what} after ${Math.round((now - begun) / 1_000)} s`);
  };
  try {
    await foundCustomers(records, founded.customers, (done) => progressed('customers', done));
    const peopleMs = performance.now() - begun;
    if (founded.accounts > 0) await foundMoney(records, founded, progressed);
    const moneyMs = performance.now() - begun - peopleMs;
    say(`founded ${founded.customers.toLocaleString('en')} customers in ${(peopleMs / 1_000).toFixed(1)} s, ${founded.accounts.toLocaleString('en')} accounts with ${founded.transactions.toLocaleString('en')} transactions in ${(moneyMs / 1_000).toFixed(1)} s`);
  } finally {
    await records.close();
  }
  writeFileSync(fileIn(dataDir), JSON.stringify(founded));
}
