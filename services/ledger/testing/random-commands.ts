/** Random commands over few accounts, so that they meet. */
import fc from 'fast-check';
import type { LedgerCommand } from '../commands.js';
import { ANN, idOf } from '../ledger-fixture.js';

const ACCOUNTS = ['c0', 'c1', 'c2', 'c3', 'c4'].map(idOf);
const account = fc.constantFrom(...ACCOUNTS);
const money = fc.tuple(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 2_000_000 })), fc.constantFrom('CNY' as const, 'CNY' as const, 'CNY' as const, 'USD' as const))
  .map(([minor, currency]) => ({ minor: BigInt(minor), currency }));
const positive = money.map(({ minor, currency }) => ({ minor: minor + 1n, currency }));
/** Earlier commands of the same run by their number, whatever they were. */
const earlier = fc.nat({ max: 60 }).map((n) => idOf(`c${n}`));
const channel = fc.constantFrom('counter' as const, 'online' as const);
const transfer = fc.record({ kind: fc.constant('transfer' as const), from: account, to: account, money: positive });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const tidy = <T extends object>(command: T): LedgerCommand => Object.fromEntries(Object.entries(command).filter(([, value]) => value !== undefined)) as unknown as LedgerCommand;

const openings: LedgerCommand[] = ['demand-savings', 'demand-savings', 'current-overdraft', 'demand-savings', 'demand-savings']
  .map((product, at) => ({ kind: 'open-account', product, currency: at === 4 ? 'USD' : 'CNY', customerId: ANN, holders: [] }));

const any: fc.Arbitrary<LedgerCommand> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('deposit' as const, 'withdraw' as const), accountId: account, money: positive, channel }) },
  { weight: 6, arbitrary: transfer },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('place-hold' as const), accountId: account, money: positive, to: optional(account) }).map(tidy) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('capture-hold' as const), holdId: earlier, money: optional(positive) }).map(tidy) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release-hold' as const), holdId: earlier }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('reverse' as const), movementId: earlier, reason: fc.constant('x') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('freeze' as const), accountId: account, mode: fc.constantFrom('full' as const, 'debit-only' as const), reason: fc.constant('x') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unfreeze' as const), accountId: account, reason: fc.constant('x') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close-account' as const), accountId: account, to: optional(account) }).map(tidy) },
  { weight: 1, arbitrary: fc.array(transfer.map(({ kind: _, ...line }) => line), { minLength: 1, maxLength: 4 }).map((transfers) => ({ kind: 'transfer-batch' as const, atomic: true, transfers })) },
);

/** Five openings, then anything; command n is named `c<n>`. */
export const commandRuns: fc.Arbitrary<LedgerCommand[]> = fc.array(any, { minLength: 5, maxLength: 55 }).map((rest) => [...openings, ...rest]);
