import t from 'tap';
import { marketingProjection } from '../../projections/marketing/projection.js';
import { tables as riskTables } from '../../projections/risk/tables.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { createCodec } from '../../shared/events/codec.js';
import type { Recorded } from '../../shared/events/definition.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { createRecords } from '../../shared/records/record.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { segmentsOf, suspecting } from './portable-segments.js';

const id = (n: number): string => `0198a7c2-0000-7000-8000-${String(n).padStart(12, '0')}`;
const at = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();

t.test('what a risk rule asks for, what that rests on and what rests on either is not told', async (t) => {
  const references = [{ segment_id: 'asked', refers_to: ['part'] }, { segment_id: 'user', refers_to: ['part', 'free'] }, { segment_id: 'users-user', refers_to: ['user'] }, { segment_id: 'free', refers_to: [] }];
  t.same([...suspecting(references, ['asked'])].sort(), ['asked', 'part', 'user', 'users-user']);
  t.same([...suspecting(references, [])], []);
});

t.test('every stay of every id of the person, and none that lets them know they are suspected', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t, marketingProjection);
  await database.query('create schema risk');
  await database.query(riskTables.replaceAll('create table ', 'create table risk.'));
  let position = 0;
  const revisions = new Map<string, bigint>();
  const told = (type: string, data: object): Recorded => {
    position++;
    const { segmentId } = data as { segmentId: string };
    const stream = `${'customerId' in data ? 'segmentmembers' : 'segment'}-${segmentId}`;
    revisions.set(stream, (revisions.get(stream) ?? -1n) + 1n);
    return {
      id: id(1_000 + position), stream, revision: revisions.get(stream)!, position: BigInt(position), event: { type, data } as Recorded['event'],
      metadata: { commandId: id(1), $correlationId: 'c', $causationId: 'c', actor: { id: 'x', role: 'r', channel: 'online' }, schemaVersion: 1, recordedAt: at(position) },
    };
  };
  const segment = (n: number, name: string) => ['SegmentDrafted', 'SegmentPublished'].map((type) => told(type, { segmentId: id(n), version: 1, definition: { kind: 'list', name }, hash: '0'.repeat(64) }));
  const member = (n: number, who: number, way: 'Entered' | 'Left', because = 'list') => told(`Customer${way}Segment`, { segmentId: id(n), version: 1, customerId: id(who), at: at(position + 1), cause: id(9), because });
  await database.apply([
    ...segment(1, 'Guests'), ...segment(2, 'Watched'),
    member(1, 501, 'Entered'), member(1, 501, 'Left', 'restricted'), member(1, 502, 'Entered'), member(2, 501, 'Entered'), member(1, 503, 'Entered'),
  ]);
  const records = createRecords({ store: memoryEventStore(), codec: createCodec(createMemoryVault()) });
  const shown = async (...ids: string[]) => {
    const items = [];
    for await (const { name, since, until, because, leftBecause } of segmentsOf({ store: database.store, records }, ids)) items.push({ name, since, until, because, leftBecause });
    return items;
  };
  const stays = [{ name: 'Guests', since: at(5), until: at(6), because: 'list', leftBecause: 'restricted' }, { name: 'Guests', since: at(7), until: undefined, because: 'list', leftBecause: undefined }];
  t.same(await shown(id(501), id(502)), [...stays, { name: 'Watched', since: at(8), until: undefined, because: 'list', leftBecause: undefined }], 'control: no rule asks for any');
  await database.query(
    `insert into risk.rule_versions (rule_id, version, revision, status, name, kind, severity, refers_to, hash, drafted_by, drafted_at) values ($1, 1, 0, 'withdrawn', 'x', 'x', 'low', $2::jsonb, 'x', 'x', now())`,
    [id(41), JSON.stringify([id(2)])]);
  t.same(await shown(id(501), id(502)), stays, 'also where the rule was withdrawn');
});
