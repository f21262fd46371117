import fc from 'fast-check';
import { test } from 'tap';
import { decodeFrames, encodeFrames, eventDataOf, eventTypeOf, positionStep } from './frames.js';
import type { ProposedEvent } from './requests.js';
import { MalformedMessage, MessageReader, uintField, varintSize, writeVarint } from './wire.js';

const check = <T>(t: { comment(text: string): void; pass(text: string): void }, arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void => {
  const seed = Date.now() ^ (Math.random() * 0x1_0000_0000);
  t.comment(`seed ${seed}`);
  fc.assert(fc.property(arbitrary, holds), { seed, numRuns: 300 });
  t.pass('held 300 times');
};

const bytes = (max: number): fc.Arbitrary<Buffer> => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));
const proposed: fc.Arbitrary<ProposedEvent> = fc.record({
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => Buffer.from(array)),
  type: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  contentType: fc.constantFrom('application/json', 'application/octet-stream'),
  data: bytes(300),
  metadata: bytes(200),
});

test('what is framed comes back: revisions, positions, ids, types and data', (t) => {
  const append = fc.record({
    stream: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    first: fc.nat({ max: 2 ** 31 }).map((n) => n * 4_001),
    position: fc.nat({ max: 2 ** 31 }).map((n) => n * 4_001),
    events: fc.array(proposed, { minLength: 1, maxLength: 8 }),
  });
  check(t, append, ({ stream, first, position: start, events }) => {
    let position = start;
    const assigned = events.map((event, index) => ({ event, revision: first + index, position: (position += positionStep(event)) }));
    const frames = decodeFrames(encodeFrames(stream, 1_700_000_000_000, assigned), first);
    if (frames.length !== events.length) throw new Error(`${frames.length} frames of ${events.length} events`);
    for (const [index, frame] of frames.entries()) {
      const { event, revision, position } = assigned[index] as (typeof assigned)[number];
      if (frame.revision !== revision || frame.position !== position || !frame.id.equals(event.id)) throw new Error('head');
      if (eventTypeOf(frame.message) !== event.type || !eventDataOf(frame.message).equals(event.data)) throw new Error('content');
    }
  });
  t.end();
});

test('numbers are written as they are read, in the size foretold', (t) => {
  check(t, fc.maxSafeNat(), (value) => {
    const out = Buffer.alloc(10);
    const end = writeVarint(out, 0, value);
    const reader = new MessageReader(uintField(1, value));
    if (end !== varintSize(value) || reader.next() !== 1 || reader.uint() !== value) throw new Error(String(value));
    const big = new MessageReader(uintField(1, BigInt(value)));
    if (big.next() !== 1 || big.uint64() !== BigInt(value)) throw new Error(`${value}n`);
  });
  t.end();
});

test('any bytes are read to their end or refused as malformed, never past it', (t) => {
  check(t, bytes(60), (message) => {
    try {
      const reader = new MessageReader(message);
      while (reader.next() !== 0) reader.skip();
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
    }
  });
  t.end();
});
