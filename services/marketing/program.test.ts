import fc from 'fast-check';
import t from 'tap';
import { story } from '../evaluation/testing/story.js';
import { personId } from '../evaluation/testing/told-bank.js';
import { outputsBy } from '../evaluation/testing/runs.js';
import type { MembershipChange } from './membership.js';
import { SegmentsProgram, type SegmentOutput } from './program.js';
import { consents, listed, published, restriction, segmentId, unlisted, withBetween, withdrawn } from './testing/segments-story.js';

/** Everybody registered, each with an account, and nothing else. */
const [bank] = fc.sample(story(0), { numRuns: 1, seed: 1 });
const held = { attr: 'balance.CNY', operator: '>=', value: { amount: '0.00', currency: 'CNY' } };
const told = async (...events: readonly { readonly type: string; readonly data: object }[]): Promise<string[]> => {
  const outputs = await outputsBy<SegmentOutput>(() => new SegmentsProgram(), withBetween(bank!, (place) => (place === bank!.length ? events : [])));
  return outputs.filter((one) => one.kind !== 'stands').map((one) => (one.kind === 'failed' ? `failed ${name(one.segmentId)} ${one.code}` : said(one)));
};
/** What a run says of where everybody stands. */
const standings = async (...events: readonly { readonly type: string; readonly data: object }[]): Promise<string[]> => {
  const outputs = await outputsBy<SegmentOutput>(() => new SegmentsProgram(), withBetween(bank!, (place) => (place === bank!.length ? events : [])));
  return outputs.filter((one) => one.kind === 'stands').map(({ segmentId, customerId, member, because }) => `${name(segmentId)} ${customerId.slice(-1)} ${member} ${because}`);
};
const name = (id: string): string => id.slice(-1);
const said = ({ kind, segmentId, customerId, because }: MembershipChange): string => `${kind} ${name(segmentId)} ${customerId.slice(-1)} ${because}`;
const dynamic = (tree: object) => ({ kind: 'dynamic', name: 'x', tree });
const inA = (n: number) => ({ list: segmentId(n), operator: 'in' });

t.test('who refused profiling is in no segment that rests on behaviour, directly or by another, and stays in the others', async (t) => {
  const changes = await told(
    published(0, 1, dynamic({ combinator: 'and', rules: [held, { attr: 'customer.sex', operator: '=', value: 'male' }] })), published(1, 1, dynamic({ attr: 'customer.sex', operator: '=', value: 'male' })),
    published(2, 1, dynamic(inA(0))), published(3, 1, dynamic({ list: segmentId(0), operator: 'notIn' })), consents(1, false), consents(3, true), consents(1, true),
  );
  t.same(changes, [
    ...['1', '3'].map((who) => `entered 0 ${who} rule`), ...['1', '3'].map((who) => `entered 1 ${who} rule`), ...['1', '3'].map((who) => `entered 2 ${who} rule`), ...['0', '2', '4', '5'].map((who) => `entered 3 ${who} rule`),
    'left 0 1 profiling_refused', 'left 2 1 profiling_refused', 'entered 0 1 rule', 'entered 2 1 rule',
  ]);
});

t.test('whoever is given a tag is in at once, and out when it is taken', async (t) => {
  const tagged = (who: number, after: readonly string[] | null) => ({ type: 'CustomerUpdated', data: { customerId: personId(who), fields: ['tags'], update: { changes: [{ field: 'tags', before: null, after }] } } });
  const tags = (operator: string, value: unknown) => dynamic({ attr: 'customer.tags', operator, value });
  t.same(await told(published(0, 1, tags('contains', 'vip')), published(1, 1, tags('containsAny', ['golf', 'sailing'])), tagged(2, ['golf', 'vip']), tagged(1, ['vip', 'sailing']), tagged(1, ['sailing']), tagged(2, null)), [
    'entered 0 1 rule', 'entered 0 2 rule', 'entered 1 2 rule', 'entered 1 1 rule', 'left 0 1 rule', 'left 0 2 rule', 'left 1 2 rule',
  ], 'the first had it from the beginning');
});

t.test('a list: in as long as listed; restricted or erased, in nothing', async (t) => {
  t.same(await told(listed(0, 1, 2), published(0, 1, { kind: 'list', name: 'x' }), listed(0, 3), unlisted(0, 1), unlisted(0, 5), restriction(2, 'CustomerRestricted'), restriction(2, 'CustomerRestrictionLifted'),
    { type: 'CustomerErased', data: { customerId: personId(3) } }, withdrawn(0)), [
    'entered 0 1 list', 'entered 0 2 list', 'entered 0 3 list', 'left 0 1 list', 'left 0 2 restricted', 'entered 0 2 list', 'left 0 3 gone', 'left 0 2 segment_withdrawn',
  ]);
});

t.test('of records that were merged only the survivor is in, also by what was listed of the other', async (t) => {
  const merged = { type: 'CustomerMerged', data: { customerId: personId(1), mergeId: 'm', into: personId(2) } };
  t.same(await told(published(0, 1, { kind: 'list', name: 'x' }), listed(0, 1), merged, unlisted(0, 2), { type: 'CustomerUnmerged', data: { customerId: personId(1), mergeId: 'm', into: personId(2) } }), [
    'entered 0 1 list', 'entered 0 2 list', 'left 0 1 gone', 'left 0 2 list', 'entered 0 1 list',
  ]);
});

t.test('a rule that cannot be evaluated is told once and set aside with whoever is in, the others go on; resumed it is looked at again', async (t) => {
  const circle = [published(0, 1, dynamic({ combinator: 'or', rules: [inA(1), { attr: 'customer.sex', operator: '=', value: 'male' }] })), published(1, 1, dynamic(inA(0))), published(2, 1, dynamic({ attr: 'customer.branch', operator: '=', value: 'B1' }))];
  t.same(await told(...circle), ['entered 0 1 rule', 'entered 0 3 rule', 'failed 1 rule_invalid', 'failed 0 rule_invalid', 'entered 2 0 rule', 'entered 2 2 rule', 'entered 2 4 rule']);
  const resumed = { type: 'SegmentResumed', data: { segmentId: segmentId(0), version: 1 } };
  t.match(await told(published(0, 1, dynamic({ attr: 'customer.shoes', operator: '=', value: 1 })), resumed, published(0, 2, dynamic(held))), ['failed 0 rule_invalid', 'failed 0 rule_invalid', 'entered 0 0 rule']);
});

t.test('where everybody stands is told of the segment that is published, resumed or withdrawn, and of no other', async (t) => {
  const men = dynamic({ attr: 'customer.sex', operator: '=', value: 'male' });
  const all = (of: string, members: readonly string[], because: (member: boolean) => string): string[] => ['0', '1', '2', '3', '4', '5'].map((who) => `${of} ${who} ${members.includes(who)} ${because(members.includes(who))}`);
  const resumed = { type: 'SegmentResumed', data: { segmentId: segmentId(0), version: 1 } };
  t.same(await standings(published(0, 1, men), published(1, 1, dynamic(held)), resumed, withdrawn(0)), [
    ...all('0', ['1', '3'], () => 'rule'), ...all('1', ['0', '1', '2', '3', '4', '5'], () => 'rule'), ...all('0', ['1', '3'], () => 'rule'), ...all('0', [], () => 'segment_withdrawn'),
  ]);
});
