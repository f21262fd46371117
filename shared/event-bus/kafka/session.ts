import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { laneName } from '../lanes.js';
import { partitionOf, type PartitionsOf } from '../partitions.js';
import { BusFailure, type BusEvent, type Topic } from '../port.js';
import { MAX_RECORD_BYTES } from '../topic-configuration.js';
import { within } from './client.js';
import { recordOf, sizeOf, tickRecord, type OutgoingRecord } from './record.js';
import { readTails, type Tail } from './tails.js';

const CONNECT_DEADLINE_MS = 15_000;
const SEND_DEADLINE_MS = 30_000;
/** One request stays well under what a broker takes, and no batch makes a consumer's fetch huge. */
const REQUEST_BYTES = 2 * 1024 * 1024;
const PARTITION_BYTES = 900 * 1024;

interface PartitionEnd {
  readonly topic: Topic;
  readonly partition: number;
  readonly start: bigint;
  /** Everything up to here was in the partition before this session. */
  readonly tail: bigint;
  /** Offset that the next record must get. */
  next: bigint;
  ticked: bigint;
}

/**
 * One idempotent producer and what it knows of each partition's end. The producer cannot be mended after most errors (kafkajs never asks for
 * a new producer id), so a session ends with its first error and the next one looks at the partitions again.
 */
export class ProducerSession {
  /** Partitions whose records vanished while this session wrote: the next session begins them anew. */
  readonly emptied = new Set<string>();
  duplicatesSkipped = 0;

  private constructor(
    private readonly producer: Producer,
    private readonly number: number,
    private readonly ends: ReadonlyMap<string, PartitionEnd>,
    private readonly partitionsOf: PartitionsOf,
  ) {}

  static async open(kafka: Kafka, topics: readonly Topic[], partitionsOf: PartitionsOf, emptied: ReadonlySet<string>): Promise<ProducerSession> {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => ({ message }) => Number(message.partition),
      // Endless retries would outlive the session; what a lost session leaves behind are doubles, and doubles are harmless.
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 },
    });
    try {
      // A producer whose connect failed would go on without its id, silently no longer idempotent.
      await within(CONNECT_DEADLINE_MS, 'connecting the producer', producer.connect());
      const tails = await readTails(kafka, topics);
      // Where every topic was made anew nothing is left to count on from: the millisecond it is now is beyond any session before.
      const number = tails.reduce((high, tail) => Math.max(high, tail.session + 1), Date.now());
      return new ProducerSession(producer, number, new Map(tails.map((tail) => [laneName(tail), endOf(tail, emptied)])), partitionsOf);
    } catch (error) {
      void producer.disconnect().catch(() => {});
      throw error instanceof BusFailure ? error : new BusFailure('unavailable', `no producer: ${String(error)}`, error);
    }
  }

  /** Everything up to here is in every partition. */
  get lowestTail(): bigint | undefined {
    return [...this.ends.values()].reduce<bigint | undefined>((low, { tail }) => (low === undefined || tail < low ? tail : low), undefined);
  }

  /** Sends in order, and with the last request a tick to each partition that has not reached `tickTo`. */
  async send(events: readonly BusEvent[], tickTo: bigint | undefined): Promise<void> {
    let request: OutgoingRecord[] = [];
    let ends: PartitionEnd[] = [];
    let bytes = 0;
    const bytesOf = new Map<PartitionEnd, number>();
    const flush = async (): Promise<void> => {
      if (request.length > 0) await this.sendRequest(request, ends);
      [request, ends, bytes] = [[], [], 0];
      bytesOf.clear();
    };
    for (const event of events) {
      const end = this.endFor(event);
      if (event.position <= end.tail) {
        this.duplicatesSkipped++;
        continue;
      }
      const record = recordOf(event, end.partition, { number: this.number, start: end.start });
      const size = sizeOf(record);
      if (size > MAX_RECORD_BYTES) throw new BusFailure('too-large', `${event.type} at ${event.stream}/${event.revision} has ${size} bytes`);
      if (bytes + size > REQUEST_BYTES || (bytesOf.get(end) ?? 0) + size > PARTITION_BYTES) await flush();
      request.push(record);
      ends.push(end);
      bytes += size;
      bytesOf.set(end, (bytesOf.get(end) ?? 0) + size);
    }
    if (tickTo !== undefined)
      for (const end of this.ends.values())
        if (end.ticked < tickTo) {
          end.ticked = tickTo;
          request.push(tickRecord(tickTo, end.partition, { number: this.number, start: end.start }));
          ends.push(end);
        }
    await flush();
  }

  end(): Promise<void> {
    return this.producer.disconnect().catch(() => {});
  }

  private endFor({ topic, key }: BusEvent): PartitionEnd {
    const end = this.ends.get(laneName({ topic, partition: partitionOf(key, this.partitionsOf(topic)) }));
    if (!end) throw new BusFailure('refused', `topic ${topic} was not prepared`);
    return end;
  }

  private async sendRequest(records: readonly OutgoingRecord[], ends: readonly PartitionEnd[]): Promise<void> {
    const perTopic = new Map<Topic, OutgoingRecord[]>();
    records.forEach((record, index) => {
      const { topic } = ends[index]!;
      if (!perTopic.get(topic)?.push(record)) perTopic.set(topic, [record]);
    });
    const sent = this.producer.sendBatch({
      acks: -1,
      compression: kafkajs.CompressionTypes.None,
      topicMessages: [...perTopic].map(([topic, messages]) => ({ topic, messages })),
    });
    const acknowledged = await within(SEND_DEADLINE_MS, 'publishing', sent).catch((error: unknown) => {
      throw new BusFailure(isTooLarge(error) ? 'too-large' : 'unavailable', `publishing failed: ${String(error)}`, error);
    });
    for (const { topicName, partition, baseOffset } of acknowledged) {
      const end = this.ends.get(laneName({ topic: topicName, partition }))!;
      const base = BigInt(baseOffset ?? -1);
      if (base >= 0n && base < end.next) {
        this.emptied.add(laneName(end));
        throw new BusFailure('unavailable', `${laneName(end)} lost its records: offset ${base} was given again`);
      }
      end.next = base + BigInt(ends.filter((other) => other === end).length);
    }
  }
}

function endOf(tail: Tail, emptied: ReadonlySet<string>): PartitionEnd {
  const { topic, partition, end } = tail;
  if (emptied.has(laneName(tail))) return { topic, partition, start: 0n, tail: -1n, next: end, ticked: -1n };
  return { topic, partition, start: end, tail: tail.position, next: end, ticked: tail.position };
}

const isTooLarge = (error: unknown): boolean => {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes((cause as { type?: string }).type ?? '')) return true;
  return false;
};
