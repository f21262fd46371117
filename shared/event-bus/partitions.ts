import type { Topic } from './port.js';

/**
 * How many partitions a topic has. Never altered once a bank is founded (another count would send a stream's events elsewhere): raise the topic's
 * version instead.
 */
export type PartitionsOf = (topic: Topic) => number;

const COUNTS: Readonly<Record<Topic, number>> = {
  'passbook.customers.events': 12,
  'passbook.ledger.events': 6,
  'passbook.unknown.events': 1,
};
const OTHERS = 6;
const LEDGER = 'passbook.ledger.events';

/** The counts of a bank with so many ledger shards. */
export const partitionsOfBank =
  (ledgerShards: number): PartitionsOf =>
  (topic) =>
    topic === LEDGER ? Math.max(COUNTS[LEDGER]!, ledgerShards) : (COUNTS[topic] ?? OTHERS);

/** The partition of a key, as Kafka's Java client chooses it: both buses agree, and so does a consumer in any language. */
export const partitionOf = (key: string, partitions: number): number => (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;

function murmur2(data: Buffer): number {
  const mix = 0x5bd1e995;
  let hash = 0x9747b28c ^ data.length;
  const whole = data.length - (data.length % 4);
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(data.readInt32LE(at), mix);
    word = Math.imul(word ^ (word >>> 24), mix);
    hash = Math.imul(hash, mix) ^ word;
  }
  const rest = data.length - whole;
  if (rest === 3) hash ^= data[whole + 2]! << 16;
  if (rest >= 2) hash ^= data[whole + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ data[whole]!, mix);
  hash = Math.imul(hash ^ (hash >>> 13), mix);
  return hash ^ (hash >>> 15);
}
