/** Room for the largest event of the log (900 KB) with its headers. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** Topics are kept for ever and never compacted: Kafka holds what the log holds, in the log's order, and can be refilled from it. */
export const TOPIC_CONFIGURATION = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'compression.type': 'producer',
  'max.message.bytes': String(MAX_RECORD_BYTES),
} as const;
