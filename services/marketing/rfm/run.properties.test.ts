import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { seed } from '../../../shared/testing/seed.js';
import { atTheBeginning } from '../../evaluation/evaluator.js';
import { CopyingStore } from '../../evaluation/testing/copying-store.js';
import { outputsBy, outputsUnderFireBy } from '../../evaluation/testing/runs.js';
import { story } from '../../evaluation/testing/story.js';
import { SegmentsProgram, type SegmentOutput } from '../program.js';
import { DEFINITIONS, published, withBetween } from '../testing/segments-story.js';
import { toldTurns } from '../testing/rfm-story.js';

t.comment(`seed ${seed}`);
const program = () => new SegmentsProgram();
/** A made-up bank over several months, with segments. */
const marketed = story(80).map((log) => withBetween(log, (place) => (place === 12 ? DEFINITIONS.map((_, n) => published(n)) : [])));

t.test('a log told again, in other batches, with few in hand and killed at any moment, gives the same runs byte for byte', async (t) => {
  let [runs, kills] = [0, 0];
  await fc.assert(fc.asyncProperty(marketed, fc.infiniteStream(fc.nat(99)), async (log, chances) => {
    const undisturbed = await outputsBy<SegmentOutput | string>(program, log, toldTurns());
    deepStrictEqual(await outputsBy<SegmentOutput | string>(program, log, toldTurns()), undisturbed);
    const fire = await outputsUnderFireBy<SegmentOutput | string>(program, log, new CopyingStore(atTheBeginning), chances[Symbol.iterator](), toldTurns());
    deepStrictEqual(fire.outputs, undisturbed);
    kills += fire.kills;
    runs += undisturbed.filter((one) => typeof one === 'string').length;
  }), { seed, numRuns: 30 });
  t.ok(runs > 50 && kills > 20, `${runs} runs, ${kills} kills`);
});

t.test('segments come out the same whether the calendar turns or not', async (t) => {
  await fc.assert(fc.asyncProperty(marketed, async (log) => {
    const withTurns = await outputsBy<SegmentOutput | string>(program, log, toldTurns());
    deepStrictEqual(withTurns.filter((one) => typeof one !== 'string'), await outputsBy<SegmentOutput>(program, log));
  }), { seed, numRuns: 20 });
  t.pass('20 runs');
});
