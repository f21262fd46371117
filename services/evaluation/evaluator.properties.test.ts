import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { holds } from '../../shared/rules/evaluate.js';
import { seed } from '../../shared/testing/seed.js';
import { atTheBeginning } from './evaluator.js';
import { subjectView } from './subject-view.js';
import { takeIn } from './take-in.js';
import { CopyingStore } from './testing/copying-store.js';
import { ExampleProgram, STANDING } from './testing/example-program.js';
import { bookedAt, outputsBy, outputsOf, outputsUnderFire, outputsUnderFireBy, startOfDay } from './testing/runs.js';
import { story } from './testing/story.js';
import { World } from './world.js';

t.comment(`seed ${seed}`);
const runs = { seed, numRuns: 60 };
t.test('batches, what is in hand and kills at any moment change nothing of what comes out', async (t) => {
  let [kills, loads, outputs] = [0, 0, 0];
  await fc.assert(fc.asyncProperty(story(), fc.infiniteStream(fc.nat(99)), async (log, chances) => {
    const undisturbed = await outputsOf(log);
    const stored = new CopyingStore(atTheBeginning);
    const fire = await outputsUnderFire(log, stored, chances[Symbol.iterator]());
    deepStrictEqual(fire.outputs, undisturbed);
    kills += fire.kills;
    loads += stored.loads;
    outputs += undisturbed.length;
  }), runs);
  t.ok(kills > 20 && loads > 100 && outputs > 500, `${kills} kills, ${loads} loads, ${outputs} outputs`);
});

t.test('a rule that asks for what no other asked for before finds it in every fact that was', async (t) => {
  let outputs = 0;
  await fc.assert(fc.asyncProperty(story(), fc.infiniteStream(fc.nat(99)), async (log, chances) => {
    const growing = (): ExampleProgram => new ExampleProgram(true);
    const undisturbed = await outputsBy(growing, log);
    deepStrictEqual((await outputsUnderFireBy(growing, log, new CopyingStore(atTheBeginning), chances[Symbol.iterator]())).outputs, undisturbed);
    outputs += undisturbed.length;
  }), { ...runs, numRuns: 30 });
  t.ok(outputs > 10, `${outputs} outputs`);
});

t.test('who is in at the end is who is found in when everything is looked at afresh', async (t) => {
  let members = 0;
  await fc.assert(fc.asyncProperty(story(), async (log) => {
    const outputs = await outputsOf(log);
    const inside = new Set<string>();
    for (const output of outputs) {
      const [, way, name, id] = /^(into|out of) (\S+) (\S+) /.exec(output) ?? [];
      if (way === 'into') inside.add(`${name} ${id}`);
      else if (way === 'out of') inside.delete(`${name} ${id}`);
    }
    const world = new World();
    const ids = new Set<string>();
    for (const recorded of log) for (const id of takeIn(world, recorded, bookedAt(recorded)).touched) ids.add(id);
    const now = Math.max(...log.map((recorded) => Math.min(bookedAt(recorded), Date.parse(recorded.metadata.recordedAt))));
    const found = [...ids].filter((id) => world.isSurvivor(id) && world.subject(id).person !== null).flatMap((id) =>
      Object.entries(STANDING).filter(([, rule]) => holds(rule, subjectView(world.groupOf(id), { now, trigger: null, startOfDay, inList: () => false }))).map(([name]) => `${name} ${id}`));
    deepStrictEqual([...inside].sort(), found.sort());
    members += found.length;
  }), runs);
  t.ok(members > 100, `${members} memberships`);
});

t.test('a log told twice is answered the same', async (t) => {
  let told = 0;
  await fc.assert(fc.asyncProperty(story(), async (log) => {
    deepStrictEqual(await outputsOf(log), await outputsOf(log));
    told++;
  }), { ...runs, numRuns: 20 });
  t.equal(told, 20);
});
