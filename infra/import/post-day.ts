import { CURRENCIES, type CurrencyCode } from '../../shared/kernel/money.js';
import { BalanceCheck, type BalanceTally } from './balance-check.js';
import { chainDifference, postingOrder } from './day-order.js';
import type { ImportRun, ImportedAccount } from './import-run.js';
import { postMovement, type Movement } from './post-movement.js';

/** The two checks of the recorded balances, kept per currency because the tolerance is money. */
export class Balances {
  readonly #byCurrency = new Map<CurrencyCode, { chain: BalanceCheck; own: BalanceCheck; tolerance: bigint }>();
  constructor(private readonly tolerance: string) {}

  of(currency: CurrencyCode): { chain: BalanceCheck; own: BalanceCheck; tolerance: bigint } {
    let checks = this.#byCurrency.get(currency);
    if (!checks) {
      const [whole, fraction = ''] = this.tolerance.split('.');
      const exponent = CURRENCIES[currency];
      const tolerance = BigInt(whole! + fraction.padEnd(exponent, '0').slice(0, exponent));
      checks = { chain: new BalanceCheck(tolerance), own: new BalanceCheck(tolerance), tolerance };
      this.#byCurrency.set(currency, checks);
    }
    return checks;
  }

  get tallies(): readonly { currency: CurrencyCode; chain: BalanceTally; own: BalanceTally }[] {
    return [...this.#byCurrency].map(([currency, { chain, own }]) => ({ currency, chain: chain.tally, own: own.tally }));
  }
}

/** Posts the lines of one booking date, and returns once the bank has answered them all: the log is in booking order too. */
export async function postDay(run: ImportRun, day: readonly Movement[], balances: Balances): Promise<void> {
  const byAccount = new Map<ImportedAccount, Movement[]>();
  for (const movement of day) {
    const lines = byAccount.get(movement.account);
    if (lines) lines.push(movement);
    else byAccount.set(movement.account, [movement]);
  }
  for (const [account, lines] of byAccount) {
    const { chain, own, tolerance } = balances.of(account.currency);
    for (const movement of postingOrder(lines, account.recorded, tolerance)) {
      const difference = chainDifference(account.recorded, movement);
      if (difference !== undefined) chain.add(difference, movement.line.number);
      account.recorded = movement.recorded ?? account.recorded + movement.amount;
      if (movement.to) movement.to.recorded += movement.minor;
      await run.work.add([account.id, ...(movement.to ? [movement.to.id] : [])], () => postMovement(run, movement, difference, own));
    }
  }
  await run.work.drain();
}
