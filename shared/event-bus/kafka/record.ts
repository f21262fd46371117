import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { BusEvent, BusMessage, Topic } from '../port.js';

/**
 * A producer's session, in every record: its number, counted up by each new session, and the offset at which it began to write this partition. A
 * consumer that stands beyond `start` and meets a newer session's record knows that the topic lost its tail (or was made anew) and was written
 * again from there.
 */
export interface SessionMark {
  readonly number: number;
  readonly start: bigint;
}

export interface OutgoingRecord {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly partition: number;
  readonly headers: Record<string, string>;
}

/** CloudEvents 1.0, binary mode: the value is the event's data, everything else stands in headers. */
export function recordOf(event: BusEvent, partition: number, session: SessionMark): OutgoingRecord {
  const metadata = event.metadata as Record<string, unknown>;
  const traceparent = metadata['traceparent'];
  const recordedAt = metadata['recordedAt'];
  return {
    key: event.key,
    partition,
    value: Buffer.from(JSON.stringify(event.data)),
    headers: {
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: sourceOf(event.topic),
      ce_type: event.type,
      ce_subject: event.stream,
      ...(typeof recordedAt === 'string' && { ce_time: recordedAt }),
      'content-type': 'application/json',
      'passbook-stream': event.stream,
      'passbook-revision': event.revision.toString(),
      'passbook-position': event.position.toString(),
      'passbook-metadata': JSON.stringify(event.metadata),
      'passbook-session': writeMark(session),
      ...(typeof traceparent === 'string' && { traceparent }),
    },
  };
}

export const tickRecord = (position: bigint, partition: number, session: SessionMark): OutgoingRecord => ({
  key: null,
  partition,
  value: null,
  headers: { 'passbook-tick': '1', 'passbook-position': position.toString(), 'passbook-session': writeMark(session) },
});

/** About what the record takes on the wire, in bytes. */
export const sizeOf = ({ value, headers }: OutgoingRecord): number => (value?.length ?? 0) + (headers['passbook-metadata']?.length ?? 0) + 500;

export interface IncomingRecord {
  readonly message: BusMessage;
  readonly session: SessionMark;
}

/** undefined for a record that Passbook's relay did not write. */
export function readRecord(topic: Topic, { key, value, headers = {} }: Pick<KafkaMessage, 'key' | 'value' | 'headers'>): IncomingRecord | undefined {
  try {
    const session = readMark(text(headers, 'passbook-session'));
    const position = BigInt(text(headers, 'passbook-position'));
    if (headers['passbook-tick'] !== undefined) return { session, message: { kind: 'tick', position } };
    const stream = text(headers, 'passbook-stream');
    return {
      session,
      message: {
        kind: 'event',
        topic,
        key: key?.toString() ?? stream,
        id: text(headers, 'ce_id'),
        type: text(headers, 'ce_type'),
        stream,
        revision: BigInt(text(headers, 'passbook-revision')),
        position,
        data: JSON.parse(value!.toString()) as object,
        metadata: JSON.parse(text(headers, 'passbook-metadata')) as object,
      },
    };
  } catch {
    return undefined;
  }
}

const sourceOf = (topic: Topic): string => `/passbook/${topic.split('.')[1] ?? topic}`;

const writeMark = ({ number, start }: SessionMark): string => `${number}.${start}`;

function readMark(mark: string): SessionMark {
  const [number, start] = mark.split('.');
  if (!/^\d+$/.test(number ?? '') || start === undefined) throw new Error('not a session mark');
  return { number: Number(number), start: BigInt(start) };
}

function text(headers: IHeaders, name: string): string {
  const header = headers[name];
  const single = Array.isArray(header) ? header[0] : header;
  if (single === undefined) throw new Error(`no header ${name}`);
  return single.toString();
}
