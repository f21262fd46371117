import { amountText, moneyText } from '../../shared/kernel/money.js';
import type { BalanceCheck } from './balance-check.js';
import { finish, keyOf, send, type ImportRun, type ImportedAccount } from './import-run.js';
import { refusedBy } from './report.js';

/** A line that can be posted. Amounts in minor units of the account's currency; `amount` is negative where money leaves it. */
export interface Movement {
  readonly id: string;
  readonly kind: 'deposit' | 'withdrawal' | 'transfer';
  readonly line: { readonly file: string; readonly number: number };
  readonly account: ImportedAccount;
  readonly to: ImportedAccount | undefined;
  readonly minor: bigint;
  readonly amount: bigint;
  readonly recorded: bigint | undefined;
  readonly bookingDate: string;
  readonly valueDate: string | undefined;
  readonly channel: string;
  /** The bank's own line on the other side; of deposits and withdrawals. */
  readonly against: string | undefined;
  readonly memo: string | undefined;
}

/** Sends one movement, counts it in and compares the balance after it. `chain` is the recorded balance less what the one before it makes it. */
export async function postMovement(run: ImportRun, movement: Movement, chain: bigint | undefined, own: BalanceCheck): Promise<void> {
  const { account, to, line } = movement;
  const { path, body } = commandOf(movement);
  const answer = await send(run, path, keyOf(run.mapping, run.mapping.movements!.file, movement.id), body);
  const text = (minor: bigint) => amountText(minor, account.currency);
  const at = {
    file: line.file, line: line.number, id: movement.id, as: movement.kind,
    ...(chain === undefined ? {} : { recordedLessChain: text(chain) }),
  };
  if (answer.outcome === 'refused') return finish(run, { ...at, ...refusedBy(answer.errors), code: answer.code });
  account.balance += movement.amount;
  account.moved = true;
  if (to) {
    to.balance += movement.minor;
    to.moved = true;
  }
  const difference = movement.recorded === undefined ? undefined : movement.recorded - account.balance;
  if (difference !== undefined) own.add(difference, line.number);
  finish(run, { ...at, outcome: answer.outcome, bankId: answer.id, ...(difference === undefined ? {} : { recordedLessOwn: text(difference) }) });
}

function commandOf({ kind, account, to, minor, bookingDate, valueDate, channel, against, memo }: Movement): { path: string; body: object } {
  const money = moneyText({ minor, currency: account.currency });
  const rest = { money, bookingDate, ...(valueDate === undefined ? {} : { valueDate }), channel, ...(memo === undefined ? {} : { memo }) };
  const cash = against === undefined ? rest : { ...rest, against };
  switch (kind) {
    case 'deposit': return { path: `/v1/accounts/${account.id}/deposits`, body: cash };
    case 'withdrawal': return { path: `/v1/accounts/${account.id}/withdrawals`, body: cash };
    case 'transfer': return { path: '/v1/transfers', body: { from: account.id, to: to!.id, ...rest } };
  }
}
