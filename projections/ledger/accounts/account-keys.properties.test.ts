import fc from 'fast-check';
import { test } from 'tap';
import { seed } from '../../../shared/testing/seed.js';
import { movementsIn } from '../movement.js';
import { stepArbitrary, tellStory } from '../testing/random-story.js';
import { foldAccounts } from './fold.js';
import { accountKeys } from './queries.js';

test(`every account whose row changes is said to be stale, at the revision of its row (seed ${seed})`, async (t) => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 60 }), fc.nat(), (steps, cut) => {
      const { events } = tellStory(steps);
      const batch = events.slice(cut % events.length);
      const changed = [...foldAccounts(batch, movementsIn(batch)).values()].map(({ id, revision }) => [`account:${id}`, revision]);
      t.strictSame(accountKeys(batch).map(({ key, version }) => [key, version]).sort(), changed.sort());
    }),
    { seed, numRuns: 50 },
  );
});
