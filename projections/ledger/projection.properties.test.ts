import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { moneyOf } from '../../shared/kernel/money.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { seed } from '../../shared/testing/seed.js';
import { stepArbitrary, tellStory } from './testing/random-story.js';
import { readDatabase, type LedgerReadDatabase } from './testing/read-database.js';
import { trialBalance, type Question } from './trial-balance/queries.js';
import { verifyLedger } from './verify.js';


const steps = fc.array(stepArbitrary, { minLength: 1, maxLength: 60 });

async function applyInBatches(database: LedgerReadDatabase, events: readonly Recorded[], sizes: readonly number[]): Promise<void> {
  for (let start = 0, batch = 0; start < events.length; batch++) {
    const size = sizes[batch % sizes.length]!;
    await database.apply(events.slice(start, start + size));
    start += size;
  }
}

async function* inOrder(events: readonly Recorded[]): AsyncGenerator<Recorded> {
  yield* events;
}

test(`any batches give the rows that one event at a time gives, and verify agrees (seed ${seed})`, skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), async (wishes, sizes) => {
      const { events } = tellStory(wishes);
      await database.empty();
      await applyInBatches(database, events, [1]);
      const oneByOne = await database.everything();
      await database.empty();
      await applyInBatches(database, events, sizes);
      assert.deepEqual(await database.everything(), oneByOne);
      for await (const difference of verifyLedger({ events: inOrder(events), query: database.query })) assert.fail(`verify finds ${JSON.stringify(difference)}`);
    }),
    { seed, numRuns: 25 },
  );
  t.pass('for every story');
});

test(`the trial balance at any moment is the sum of the entries up to it, and balances (seed ${seed})`, skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 5 }), async (wishes, cuts) => {
      const events = [...tellStory(wishes, 0).events, ...tellStory(wishes.slice(5), 1).events];
      await database.empty();
      await applyInBatches(database, events, [7]);
      for (const cut of cuts) {
        const { recordedAt, bookingDate } = events[cut % events.length]!.metadata;
        const questions: Question[] = [
          { kind: 'now' }, { kind: 'booked', upTo: bookingDate! }, { kind: 'recorded', upTo: new Date(recordedAt) }, { kind: 'recorded', upTo: new Date(Date.parse(recordedAt) - 1) },
        ];
        for (const question of questions) {
          const { currencies } = await trialBalance(database.store, question);
          assert.deepEqual(currencies.map(({ lines: _, ...totals }) => totals), totalsOf(events, question), question.kind);
          for (const { difference, debit, lines } of currencies) {
            assert.equal(difference, '0.00');
            assert.equal(lines.reduce((sum, line) => sum + BigInt(line.debit.replace('.', '')), 0n), BigInt(debit.replace('.', '')));
          }
        }
      }
    }),
    { seed, numRuns: 25 },
  );
  t.pass('for every story');
});

/** Straight from the events, the slow way. */
function totalsOf(events: readonly Recorded[], question: Question) {
  const counted = events.filter(({ metadata }) =>
    question.kind === 'now' || (question.kind === 'booked' ? metadata.bookingDate! <= question.upTo : Date.parse(metadata.recordedAt) <= question.upTo.getTime()));
  const legs = counted.flatMap(({ event }) => ('legs' in (event as LedgerEvent).data ? (event as Extract<LedgerEvent, { type: 'TransferPosted' }>).data.legs : []));
  return [...new Set(legs.map((leg) => leg.money.currency))].sort().map((currency) => {
    const own = legs.filter((leg) => leg.money.currency === currency);
    const sum = (side: string) => {
      const minor = own.filter((leg) => leg.side === side).reduce((total, leg) => total + moneyOf(leg.money).minor, 0n);
      return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
    };
    return { currency, debit: sum('debit'), credit: sum('credit'), difference: '0.00', accounts: new Set(own.map((leg) => leg.accountId)).size };
  });
}
