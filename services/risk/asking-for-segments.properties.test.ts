import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { seed } from '../../shared/testing/seed.js';
import { bankCatalogue } from '../evaluation/catalogue.js';
import { atTheBeginning } from '../evaluation/evaluator.js';
import { CopyingStore } from '../evaluation/testing/copying-store.js';
import { PROFILES } from '../evaluation/testing/people.js';
import { outputsBy, sameUnderFire } from '../evaluation/testing/runs.js';
import { story } from '../evaluation/testing/story.js';
import { SegmentsProgram } from '../marketing/program.js';
import { DEFINITIONS, listed, published, segmentId, unlisted, withBetween, withdrawn } from '../marketing/testing/segments-story.js';
import { RiskProgram } from './program.js';

t.comment(`seed ${seed}`);
const runs = { seed, numRuns: 40 };
const program = () => new RiskProgram(bankCatalogue);
const ruleId = (n: number): string => `0198a7c2-0000-7000-8000-0000000000e${n}`;
const rule = (n: number, trigger: string | null, tree: object) => [
  { type: 'RiskRuleDrafted', data: { ruleId: ruleId(n), version: 1, formula: { name: 'x', kind: `k${n}`, severity: 'low', trigger, tree }, hash: 'x' } },
  { type: 'RiskRulePublished', data: { ruleId: ruleId(n), version: 1, hash: 'x' } },
];
/** By their number: 0 to 4 ask for the segment of that number alone, 5 asks for one when a movement comes. */
const RULES = [
  ...DEFINITIONS.flatMap((_, n) => rule(n, null, { list: segmentId(n), operator: 'in' })),
  ...rule(5, 'movement', { combinator: 'and', rules: [{ fact: 'side', operator: '=', value: 'in' }, { list: segmentId(3), operator: 'notIn' }] }),
];
const who = fc.nat(PROFILES.length - 1);
const deed = fc.oneof(
  fc.nat(DEFINITIONS.length - 1).map((n) => published(n)),
  fc.nat(DEFINITIONS.length - 1).map((n) => withdrawn(n)),
  who.map((one) => listed(2, one, (one + 1) % PROFILES.length)),
  who.map((one) => unlisted(2, one)),
);
const bank = fc.tuple(story(80), fc.array(fc.tuple(fc.nat(120), deed), { minLength: 8, maxLength: 25 })).map(([log, deeds]) =>
  withBetween(log, (place) => [...(place === 0 ? RULES : place === 12 ? DEFINITIONS.map((_, n) => published(n)) : []), ...deeds.filter(([at]) => Math.min(at, log.length) === place).map(([, one]) => one)]));

t.test('batches, what is in hand and kills at any moment change nothing of what is found', async (t) => {
  let [kills, alerts] = [0, 0];
  await fc.assert(fc.asyncProperty(bank, fc.infiniteStream(fc.nat(99)), async (log, chances) => {
    const fire = await sameUnderFire(program, log, new CopyingStore(atTheBeginning), chances[Symbol.iterator]());
    kills += fire.kills;
    alerts += fire.outputs;
  }), runs);
  t.ok(kills > 20 && alerts > 300, `${kills} kills, ${alerts} findings`);
});

t.test('a rule that asks for nothing but a segment alerts exactly when somebody comes into it', async (t) => {
  let alerts = 0;
  await fc.assert(fc.asyncProperty(bank, async (log) => {
    const entered = (await outputsBy(() => new SegmentsProgram(), log)).flatMap((one) => (one.kind === 'entered' ? [`${one.segmentId.at(-1)} ${one.customerId} ${one.at}`] : []));
    const found = (await outputsBy(program, log)).flatMap((one) => (one.kind === 'alert' && one.alert.ruleId !== ruleId(5) ? [`${one.alert.ruleId.at(-1)} ${one.alert.customerId} ${Date.parse(one.alert.at)}`] : []));
    deepStrictEqual(found.sort(), entered.sort());
    alerts += found.length;
  }), runs);
  t.ok(alerts > 100, `${alerts} alerts`);
});
