import fc from 'fast-check';
import { idOf, Story } from './story.js';

const names = ['a', 'b', 'c', 'd', 'usd'] as const;
/** Who owns each account. */
export const OWNERS = { a: idOf('Ann'), b: idOf('Ann'), c: idOf('Bob'), d: idOf('Cid'), usd: idOf('Bob') } as const;
const name = fc.constantFrom(...names);
const minor = fc.bigInt({ min: 1n, max: 10n ** 12n });

/** One wish of a customer or teller; what the story so far does not allow is passed over, so that every story is a valid one. */
export const stepArbitrary = fc.record({
  wish: fc.constantFrom('open', 'deposit', 'withdraw', 'transfer', 'reverse', 'hold', 'capture', 'release', 'freeze', 'unfreeze', 'close', 'holders'),
  one: name,
  other: name,
  minor,
  /** Which of the movements or holds so far. */
  pick: fc.nat(),
  /** Clocks may run backwards, bookings may come late. */
  minutesLater: fc.integer({ min: -90, max: 2_000 }),
  milliseconds: fc.integer({ min: 0, max: 59_999 }),
  bookedDaysBefore: fc.integer({ min: 0, max: 3 }),
});
export type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;

const BEGIN = Date.parse('2026-03-01T00:00:00Z');

export function tellStory(steps: readonly Step[], shard = 0): Story {
  const story = new Story(shard);
  story.open('cash', { kind: 'general-ledger', normalSide: 'debit', currency: 'CNY' });
  story.open('cash-usd', { kind: 'general-ledger', normalSide: 'debit', currency: 'USD', product: 'gl-cash' });
  const movements: string[] = [];
  const open = new Set<string>();
  const closed = new Set<string>();
  const holds = new Set<string>();
  const reversed = new Set<string>();
  const currencyOf = (account: string) => (account === 'usd' ? 'USD' : 'CNY');
  let minute = 0;

  steps.forEach((step, index) => {
    minute += step.minutesLater;
    const now = new Date(BEGIN + minute * 60_000 + step.milliseconds);
    story.at(now.toISOString(), new Date(now.getTime() - step.bookedDaysBefore * 86_400_000).toISOString().slice(0, 10));
    const { one, other, wish } = step;
    const movement = `movement ${shard}/${index}`;
    const hold = [...holds][step.pick % Math.max(1, holds.size)];
    const target = movements[step.pick % Math.max(1, movements.length)];
    const move = (from: string, to: string, type: 'DepositPosted' | 'WithdrawalPosted' | 'TransferPosted') => {
      story.post(type, movement, [{ account: from, side: 'debit', minor: step.minor }, { account: to, side: 'credit', minor: step.minor }]);
      movements.push(movement);
    };
    const cash = currencyOf(one) === 'USD' ? 'cash-usd' : 'cash';
    if (wish === 'open' || !open.has(one)) {
      if (!open.has(one) && !closed.has(one)) story.open(one, { currency: currencyOf(one), customerId: OWNERS[one], ...(one === 'c' && { branch: 'B01' }) });
      if (!closed.has(one)) open.add(one);
    } else if (wish === 'deposit') move(cash, one, 'DepositPosted');
    else if (wish === 'withdraw') move(one, cash, 'WithdrawalPosted');
    else if (wish === 'transfer' && one !== other && open.has(other) && currencyOf(one) === currencyOf(other)) move(one, other, 'TransferPosted');
    else if (wish === 'reverse' && target !== undefined && !reversed.has(target)) {
      story.reverse(movement, target);
      reversed.add(target);
    } else if (wish === 'hold') {
      story.hold(`hold ${shard}/${index}`, one, step.minor);
      holds.add(`hold ${shard}/${index}`);
    } else if (wish === 'capture' && hold !== undefined) {
      const { account, minor: held } = story.holds.get(hold)!;
      story.capture(movement, hold, held - (held * BigInt(step.pick % 100)) / 100n, currencyOf(account) === 'USD' ? 'cash-usd' : 'cash');
      holds.delete(hold);
    } else if (wish === 'release' && hold !== undefined) {
      story.release(hold, step.pick % 2 === 0 ? 'released' : 'expired');
      holds.delete(hold);
    } else if (wish === 'freeze') story.freeze(one, step.pick % 2 === 0 ? 'full' : 'debit-only');
    else if (wish === 'unfreeze') story.unfreeze(one);
    else if (wish === 'holders') story.changeHolders(one, []);
    else if (wish === 'close') {
      story.close(one);
      open.delete(one);
      closed.add(one);
    }
  });
  return story;
}
