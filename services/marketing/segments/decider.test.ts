import t from 'tap';
import type { EventMetadata } from '../../../shared/events/definition.js';
import type { SegmentDefinition, SegmentEvent } from '../../../shared/events/marketing/segment-events.js';
import { segmentRejections, type SegmentCode } from '../rejections.js';
import type { SegmentCommand } from './commands.js';
import { decideSegment } from './decider.js';
import { hashOfDefinition, inForce, segmentRecord, type SegmentState } from './state.js';

const ID = '0198a7c2-0000-7000-8000-0000000000e1';
const actor = (id: string, actingAs?: string) => ({ id, role: 'risk-officer', channel: 'online', ...(actingAs !== undefined && { actingAs }) });
const definition = (threshold: number): SegmentDefinition => ({ kind: 'dynamic', name: 'Owners', tree: { attr: 'accounts.open', operator: '>=', value: threshold } });
const fault = { pointer: '/tree', code: 'unknown_field', detail: 'no such field' };
const fresh = () => true;

/** Everything that was accepted, in order, by whom. */
function story(...steps: readonly (readonly [string, SegmentCommand])[]): SegmentState {
  return steps.reduce((state: SegmentState, [who, command]) => {
    const decision = decideSegment(state, 0n, command);
    if (decision.outcome !== 'accept') throw new Error(`${command.kind} was ${decision.outcome === 'reject' ? decision.rejection.code : decision.outcome}`);
    return decision.events.reduce((before: SegmentState, event: SegmentEvent) => segmentRecord.evolve(before, event, {
      id: ID, stream: `segment-${ID}`, revision: 0n, position: 0n, event,
      metadata: { commandId: ID, $correlationId: ID, $causationId: ID, actor: actor(who), schemaVersion: 1, recordedAt: '2025-03-01T08:00:00.000Z' } satisfies EventMetadata,
    }), state);
  }, { status: 'absent' });
}

const draft = ['zhang', { kind: 'draft', segmentId: ID, definition: definition(1), faults: [] }] as const;
const submit = ['zhang', { kind: 'submit', precondition: fresh }] as const;
const publish = (who: string, threshold = 1, more: object = {}) => [who, { kind: 'publish', by: actor(who), hash: hashOfDefinition(definition(threshold)), faults: [], precondition: fresh, ...more } as SegmentCommand] as const;
const revise = (who: string, threshold: number) => [who, { kind: 'revise', definition: definition(threshold), faults: [], precondition: fresh } as SegmentCommand] as const;
const withdraw = ['li', { kind: 'withdraw', reason: 'too many', usedBy: [], precondition: fresh }] as const;
const park = ['risk', { kind: 'park', version: 1, code: 'catalogue_changed', cause: ID }] as const;

const drafted = story(draft);
const published = story(draft, submit, publish('li'));
const withdrawn = story(draft, submit, publish('li'), withdraw);

/** Each breaks also every rule after its own that it can break at the same time. */
const refused: readonly [SegmentCode | 'if_match_stale', SegmentState, SegmentCommand][] = [
  ['segment_not_found', { status: 'absent' }, publish('zhang', 2, { faults: [fault], precondition: () => false })[1]],
  ['if_match_stale', drafted, publish('zhang', 2, { faults: [fault], precondition: () => false })[1]],
  ['segment_invalid', drafted, publish('zhang', 2, { faults: [fault] })[1]],
  ['segment_kind_fixed', drafted, { kind: 'revise', definition: { kind: 'list', name: 'x' }, faults: [], precondition: fresh }],
  ['segment_own', drafted, publish('zhang', 2)[1]],
  ['segment_no_draft', withdrawn, publish('li', 2)[1]],
  ['segment_not_submitted', drafted, publish('li', 2)[1]],
  ['segment_changed', story(draft, submit), publish('li', 2)[1]],
  ['segment_not_published', withdrawn, { kind: 'resume', precondition: fresh }],
  ['segment_in_use', published, { kind: 'withdraw', reason: 'x', usedBy: [ID], precondition: fresh }],
  ['segment_not_parked', published, { kind: 'resume', precondition: fresh }],
];

t.test('every refusal, in the order of the table', async (t) => {
  t.same(refused.map(([code]) => code).filter((code) => code !== 'if_match_stale'), segmentRejections.map(({ code }) => code));
  for (const [code, state, command] of refused) t.match(decideSegment(state, 7n, command), { outcome: 'reject', rejection: { code } }, code);
  for (const command of [{ kind: 'draft', segmentId: ID, definition: definition(1), faults: [fault] }, { ...revise('zhang', 2)[1], faults: [fault] }] as const)
    t.match(decideSegment(command.kind === 'draft' ? { status: 'absent' } : drafted, 7n, command as SegmentCommand), { rejection: { code: 'segment_invalid', errors: [fault] } });
});

t.test('nobody publishes what they wrote, revised or submitted, whoever acts for whom', async (t) => {
  const state = story(draft, revise('wang', 2), ['zhao', { kind: 'submit', precondition: fresh }]);
  for (const by of [actor('zhang'), actor('wang'), actor('zhao'), actor('li', 'wang'), actor('zhao', 'li')])
    t.match(decideSegment(state, 0n, publish('x', 2, { by })[1]), { rejection: { code: 'segment_own' } }, JSON.stringify(by));
  t.match(decideSegment(state, 0n, publish('li', 2)[1]), { outcome: 'accept', events: [{ type: 'SegmentPublished', data: { version: 1, hash: hashOfDefinition(definition(2)) } }] });
});

t.test('versions follow each other, one is in force, and what was reviewed and then changed has to be reviewed again', async (t) => {
  const second = story(draft, submit, publish('li'), revise('li', 5), ['li', { kind: 'submit', precondition: fresh }]);
  t.match(second, { draft: { version: 2, status: 'submitted' }, released: [{ version: 1, status: 'published' }] });
  const both = story(draft, submit, publish('li'), revise('li', 5), ['li', { kind: 'submit', precondition: fresh }], publish('zhang', 5));
  t.match(both, { draft: null, released: [{ version: 1, status: 'superseded' }, { version: 2, status: 'published' }] });
  t.match(story(draft, submit, revise('zhang', 3)), { draft: { status: 'draft' } });
  t.match(story(draft, submit, ['li', { kind: 'return', by: actor('li'), reason: 'why 1?', precondition: fresh }]), { draft: { status: 'draft', version: 1 } });
  t.equal(decideSegment(drafted, 0n, revise('zhang', 1)[1]).outcome, 'nothing', 'the same definition is no revision');
  t.match(withdrawn, { released: [{ status: 'withdrawn' }] });
  t.match(story(draft, submit, publish('li'), withdraw, revise('zhang', 4)), { draft: { version: 2 } });
});

t.test('a version that failed is parked until somebody resumes it; a further failure of it, or of one that is not in force, changes nothing', async (t) => {
  const parked = story(draft, submit, publish('li'), park);
  t.match(parked.status === 'known' && inForce(parked), { parked: { code: 'catalogue_changed', cause: ID } });
  t.equal(decideSegment(parked, 0n, park[1]).outcome, 'nothing');
  t.equal(decideSegment(published, 0n, { ...park[1], version: 2 }).outcome, 'nothing');
  t.equal(decideSegment({ status: 'absent' }, 0n, park[1]).outcome, 'nothing');
  t.match(story(draft, submit, publish('li'), park, ['li', { kind: 'resume', precondition: fresh }]), { released: [{ parked: null }] });
});
