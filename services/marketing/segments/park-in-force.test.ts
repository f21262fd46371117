import t from 'tap';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { systemContext } from '../../../shared/http/system-context.js';
import { createRecords } from '../../../shared/records/record.js';
import { commandIdOf } from '../../../shared/kernel/ids.js';
import type { SegmentCommand } from './commands.js';
import { createSegments, parkInForce } from './segments.js';
import { hashOfDefinition } from './state.js';

const ID = '0198a7c2-0000-7000-8000-0000000000e1';
const CAUSE = '0198a7c2-0000-7000-8009-0000000000e1';
const now = (): Date => new Date('2026-01-01T00:00:00Z');

t.test('whatever version is in force is parked; the same found again stores nothing, also once it was resumed', async (t) => {
  const store = memoryEventStore();
  const records = createRecords({ store, codec: createCodec(createMemoryVault()) });
  const segments = createSegments(records);
  let commands = 0;
  const does = (command: SegmentCommand) => segments.execute(ID, command, systemContext('li', now(), commandIdOf('li', 'park', String(++commands))));
  const types = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { type } of store.readStream(`segment-${ID}`)) found.push(type);
    return found;
  };
  const park = (cause: string) => parkInForce(records, ID, { version: 9, code: 'memberships_differ', cause }, now);
  const definition = { kind: 'list' as const, name: 'Guests' };
  const precondition = (): boolean => true;
  await does({ kind: 'draft', segmentId: ID, definition, faults: [] });
  await does({ kind: 'submit', precondition });
  await does({ kind: 'publish', by: { id: 'zhang', role: 'officer', channel: 'online' }, hash: hashOfDefinition(definition), faults: [], precondition });
  await park(CAUSE);
  await park(CAUSE);
  const released = ['SegmentDrafted', 'SegmentSubmitted', 'SegmentPublished'];
  t.same(await types(), [...released, 'SegmentParked']);
  await does({ kind: 'resume', precondition } as SegmentCommand);
  await park(CAUSE);
  t.same(await types(), [...released, 'SegmentParked', 'SegmentResumed']);
  await park(ID);
  t.same((await types()).length, 6, 'control: something else is parked again');
});
