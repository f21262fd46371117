import type { Decoded, Decoder, Encoded } from '../../shared/event-bus/decode.js';

/** What rules look at of personal data stands in these alone, and the traces that a replay compares: everything else stays sealed, which is most of the log. */
const OPENED: ReadonlySet<string> = new Set(['CustomerRegistered', 'CustomerUpdated', 'CustomerMergeCompleted', 'CustomerUnmergeCompleted', 'AlertRaised']);

/** One answer per event, in their order. Throws only what may pass. */
export async function readForEvaluation(decoder: Decoder, events: readonly Encoded[]): Promise<Decoded[]> {
  const isOpened = ({ type }: Encoded): boolean => OPENED.has(type);
  const [opened, sealed] = await Promise.all([decoder.decode(events.filter(isOpened), true), decoder.decode(events.filter((event) => !isOpened(event)), false)]);
  let [fromOpened, fromSealed] = [0, 0];
  return events.map((event) => (isOpened(event) ? opened[fromOpened++]! : sealed[fromSealed++]!));
}
