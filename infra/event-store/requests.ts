/** What a client asks, decoded from EventStoreDB's protocol. Revisions and positions are numbers: ours never pass 2^53. */
import { MalformedMessage, MessageReader } from './wire.js';

export type Expected = number | 'no-stream' | 'stream-exists' | 'any';

export interface ProposedEvent {
  /** 16 bytes. */
  readonly id: Buffer;
  readonly type: string;
  readonly contentType: string;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

export interface AppendOptions {
  readonly stream: string;
  readonly expected: Expected;
  /** Epoch ms; undefined where the client gave none. */
  readonly deadlineAt: number | undefined;
}

/** One message of a BatchAppend call; an append may be spread over several with one correlation id. */
export interface BatchPart {
  readonly correlationId: string;
  readonly options: AppendOptions | undefined;
  readonly events: readonly ProposedEvent[];
  readonly final: boolean;
}

export interface DeleteRequest {
  readonly stream: string;
  readonly expected: Expected;
}

export const uuidText = (id: Buffer): string => {
  const h = id.toString('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
};

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const uuidOf = (message: MessageReader): Buffer => {
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 2) {
      const text = message.text();
      if (!UUID.test(text)) throw new MalformedMessage(`not a uuid: ${text.slice(0, 40)}`);
      return Buffer.from(text.replaceAll('-', ''), 'hex');
    }
    if (field === 1) {
      const structured = message.message();
      const id = Buffer.alloc(16);
      for (let part = structured.next(); part !== 0; part = structured.next()) id.writeBigUInt64BE(structured.uint64(), part === 1 ? 0 : 8);
      return id;
    }
    message.skip();
  }
  throw new MalformedMessage('empty uuid');
};

export const streamNameOf = (message: MessageReader): string => {
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 3) return message.text();
    message.skip();
  }
  return '';
};

const EMPTY = Buffer.alloc(0);

const proposedEventOf = (message: MessageReader): ProposedEvent => {
  let id: Buffer | undefined;
  let type = '';
  let contentType = '';
  let data: Buffer = EMPTY;
  let metadata: Buffer = EMPTY;
  for (let field = message.next(); field !== 0; field = message.next()) {
    switch (field) {
      case 1:
        id = uuidOf(message.message());
        break;
      case 2: {
        const entry = message.message();
        let key = '';
        let value = '';
        for (let part = entry.next(); part !== 0; part = entry.next()) {
          if (part === 1) key = entry.text();
          else value = entry.text();
        }
        if (key === 'type') type = value;
        else if (key === 'content-type') contentType = value;
        break;
      }
      case 3:
        metadata = message.bytes();
        break;
      case 4:
        data = message.bytes();
        break;
      default:
        message.skip();
    }
  }
  if (id === undefined) throw new MalformedMessage('an event without an id');
  return { id, type, contentType, data, metadata };
};

/** BatchAppend, Append, Delete and Tombstone number these fields alike. */
const appendOptionsOf = (message: MessageReader): AppendOptions => {
  let stream = '';
  let expected: Expected = 'any';
  let deadlineAt: number | undefined;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) stream = streamNameOf(message.message());
    else if (field === 2) expected = message.uint();
    else if (field === 6) deadlineAt = timestampMs(message.message());
    else {
      expected = CHOICES[field] ?? expected;
      message.skip();
    }
  }
  return { stream, expected, deadlineAt };
};

const CHOICES: Readonly<Record<number, Expected>> = { 3: 'no-stream', 4: 'any', 5: 'stream-exists' };

const timestampMs = (message: MessageReader): number => {
  let seconds = 0;
  let nanos = 0;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) seconds = message.uint();
    else if (field === 2) nanos = message.uint();
    else message.skip();
  }
  return seconds * 1000 + nanos / 1e6;
};

export const batchPartOf = (buffer: Buffer): BatchPart => {
  const message = new MessageReader(buffer);
  let correlationId: Buffer | undefined;
  let options: AppendOptions | undefined;
  const events: ProposedEvent[] = [];
  let final = false;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) correlationId = uuidOf(message.message());
    else if (field === 2) options = appendOptionsOf(message.message());
    else if (field === 3) events.push(proposedEventOf(message.message()));
    else if (field === 4) final = message.uint() === 1;
    else message.skip();
  }
  if (correlationId === undefined) throw new MalformedMessage('a batch without a correlation id');
  return { correlationId: uuidText(correlationId), options, events, final };
};

/** One message of a classic Append call: first the options, then an event each. */
export const appendPartOf = (buffer: Buffer): AppendOptions | ProposedEvent => {
  const message = new MessageReader(buffer);
  const field = message.next();
  if (field === 1) return appendOptionsOf(message.message());
  if (field === 2) return proposedEventOf(message.message());
  throw new MalformedMessage('neither options nor an event');
};

/** Delete and Tombstone. */
export const deleteRequestOf = (buffer: Buffer): DeleteRequest => {
  const message = new MessageReader(buffer);
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) return appendOptionsOf(message.message());
    message.skip();
  }
  throw new MalformedMessage('a delete without options');
};
