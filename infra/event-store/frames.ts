/**
 * How the events of one append are kept: one after the other, each with a small head (length of the frame, position, id) and then the
 * ready-made answer message (ReadResp) that a reader gets, so that reading is slicing.
 */
import type { ProposedEvent } from './requests.js';
import { uuidText } from './requests.js';
import { MessageReader, varintSize, writeVarint } from './wire.js';

const HEAD = 4 + 8 + 16;
const UUID_TEXT = 36;
const TICKS_PER_MS = '0000';

export interface Frame {
  readonly revision: number;
  readonly position: number;
  /** 16 bytes. */
  readonly id: Buffer;
  /** The ReadResp message. */
  readonly message: Buffer;
}

/** The distance to the next position. Positions look like byte offsets, as a real log's do: irregular and opaque. */
export const positionStep = (event: ProposedEvent): number => 96 + event.data.length + event.metadata.length;

const sized = (length: number): number => 1 + varintSize(length) + length;

const writeBytes = (target: Buffer, at: number, field: number, value: Buffer): number => {
  target[at] = (field << 3) | 2;
  const start = writeVarint(target, at + 1, value.length);
  value.copy(target, start);
  return start + value.length;
};

const writeHead = (target: Buffer, at: number, field: number, length: number): number => {
  target[at] = (field << 3) | 2;
  return writeVarint(target, at + 1, length);
};

const writeNumber = (target: Buffer, at: number, field: number, value: number): number => {
  target[at] = field << 3;
  return writeVarint(target, at + 1, value);
};

const mapEntry = (key: string, value: string): Buffer => {
  const keyBytes = Buffer.from(key, 'utf8');
  const valueBytes = Buffer.from(value, 'utf8');
  const out = Buffer.allocUnsafe(sized(keyBytes.length) + sized(valueBytes.length));
  writeBytes(out, writeBytes(out, 0, 1, keyBytes), 2, valueBytes);
  return out;
};

interface Assigned {
  readonly event: ProposedEvent;
  readonly revision: number | bigint;
  readonly position: number;
}

const revisionSize = (revision: number | bigint): number => (typeof revision === 'number' ? varintSize(revision) : 9);

const writeRevision = (target: Buffer, at: number, revision: number | bigint): number => {
  if (typeof revision === 'number') return writeNumber(target, at, 3, revision);
  target[at] = 3 << 3;
  // The only bigint there is: 2^63-1, eight full groups of seven bits and a last one of 0x7f.
  target.fill(0xff, at + 1, at + 9);
  target[at + 9] = 0x7f;
  return at + 10;
};

/** Encodes the events of one append. All share the stream and the moment. */
export const encodeFrames = (stream: string, createdMs: number, events: readonly Assigned[]): Buffer => {
  const streamBytes = Buffer.from(stream, 'utf8');
  const created = mapEntry('created', `${createdMs}${TICKS_PER_MS}`);
  const entries = new Map<string, Buffer>();
  const entryOf = (key: string, value: string): Buffer => {
    const name = `${key}=${value}`;
    let entry = entries.get(name);
    if (entry === undefined) entries.set(name, (entry = mapEntry(key, value)));
    return entry;
  };
  const streamLength = sized(streamBytes.length);
  const sizes = events.map(({ event, revision, position }) => {
    const type = entryOf('type', event.type);
    const contentType = entryOf('content-type', event.contentType);
    const recorded = sized(sized(UUID_TEXT)) + sized(streamLength) + 1 + revisionSize(revision) + 2 * (1 + varintSize(position)) +
      sized(type.length) + sized(contentType.length) + sized(created.length) + sized(event.metadata.length) + sized(event.data.length);
    const read = sized(recorded) + 1 + varintSize(position);
    return { type, contentType, recorded, read, message: sized(read) };
  });
  const out = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + HEAD + size.message, 0));
  let at = 0;
  for (let index = 0; index < events.length; index++) {
    const { event, revision, position } = events[index] as Assigned;
    const size = sizes[index] as (typeof sizes)[number];
    at = out.writeUInt32BE(size.message, at);
    at = out.writeBigUInt64BE(BigInt(position), at);
    at += event.id.copy(out, at);
    at = writeHead(out, at, 1, size.read);
    at = writeHead(out, at, 1, size.recorded);
    at = writeHead(out, at, 1, sized(UUID_TEXT));
    at = writeHead(out, at, 2, UUID_TEXT);
    at += out.write(uuidText(event.id), at, 'latin1');
    at = writeHead(out, at, 2, streamLength);
    at = writeBytes(out, at, 3, streamBytes);
    at = writeRevision(out, at, revision);
    at = writeNumber(out, at, 4, position);
    at = writeNumber(out, at, 5, position);
    at = writeBytes(out, at, 6, size.type);
    at = writeBytes(out, at, 6, size.contentType);
    at = writeBytes(out, at, 6, created);
    at = writeBytes(out, at, 7, event.metadata);
    at = writeBytes(out, at, 8, event.data);
    at = writeNumber(out, at, 3, position);
  }
  return out;
};

export const decodeFrames = (frames: Buffer, firstRevision: number): Frame[] => {
  const out: Frame[] = [];
  for (let at = 0, revision = firstRevision; at < frames.length; revision++) {
    const length = frames.readUInt32BE(at);
    const start = at + HEAD;
    out.push({
      revision,
      position: frames.readUInt32BE(at + 4) * 0x1_0000_0000 + frames.readUInt32BE(at + 8),
      id: frames.subarray(at + 12, at + 28),
      message: frames.subarray(start, start + length),
    });
    at = start + length;
  }
  return out;
};

const recordedEvent = (message: Buffer): MessageReader => {
  const response = new MessageReader(message);
  response.next();
  const read = response.message();
  read.next();
  return read.message();
};

export const eventTypeOf = (message: Buffer): string => {
  const recorded = recordedEvent(message);
  for (let field = recorded.next(); field !== 0; field = recorded.next()) {
    if (field !== 6) {
      recorded.skip();
      continue;
    }
    const entry = recorded.message();
    entry.next();
    if (entry.text() !== 'type') continue;
    entry.next();
    return entry.text();
  }
  return '';
};

export const eventDataOf = (message: Buffer): Buffer => {
  const recorded = recordedEvent(message);
  for (let field = recorded.next(); field !== 0; field = recorded.next()) {
    if (field === 8) return recorded.bytes();
    recorded.skip();
  }
  return Buffer.alloc(0);
};
