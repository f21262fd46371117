import { createDecoder, type Decoder } from '../../shared/event-bus/decode.js';
import type { Codec } from '../../shared/events/codec.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import type { BankTimes } from './bank-times.js';
import { atTheBeginning, Evaluator, type Turns } from './evaluator.js';
import { memorySubjects } from './memory-store.js';
import { readForEvaluation } from './opening.js';
import type { Program } from './program.js';

/** Whose streams rules look at. */
export const EVALUATED: readonly string[] = ['customer-', 'ledger-', 'clock-'];

const BATCH = 500;

/** Events of streams that begin so, opened where evaluations look, in batches. What cannot be read is left out, as the live evaluation leaves it out. */
export async function* openedLog(log: AsyncIterable<StoredEvent>, codec: Codec, categories: readonly string[]): AsyncGenerator<readonly Recorded[], void, undefined> {
  const decoder = createDecoder(codec);
  let batch: StoredEvent[] = [];
  for await (const stored of log) {
    if (!categories.some((category) => stored.stream.startsWith(category))) continue;
    batch.push(stored);
    if (batch.length < BATCH) continue;
    yield await readable(decoder, batch);
    batch = [];
  }
  if (batch.length > 0) yield await readable(decoder, batch);
}

async function readable(decoder: Decoder, batch: readonly StoredEvent[]): Promise<readonly Recorded[]> {
  const decoded = await readForEvaluation(decoder, batch);
  return decoded.flatMap((one) => (one.kind === 'recorded' ? [one.recorded] : []));
}

/** Evaluates a program over a log from its beginning, everybody in hand: for replays. Gives each batch once it is evaluated. */
export async function* evaluateWhole<Output>(
  { program, turns, log, bookedAt, startOfDay, onOutputs }: BankTimes & {
    readonly program: Program<Output>;
    readonly turns?: Turns<Output>;
    /** In its order, in batches. */
    readonly log: AsyncIterable<readonly Recorded[]> | Iterable<readonly Recorded[]>;
    readonly onOutputs: (outputs: readonly Output[]) => void;
  },
): AsyncGenerator<readonly Recorded[], void, undefined> {
  const store = memorySubjects();
  const evaluator = await Evaluator.start<Output>({
    bookedAt, startOfDay, program, ...(turns && { turns }), store, state: atTheBeginning, keepInHand: Infinity,
    commit: async (step) => {
      onOutputs(step.outputs);
      store.keep(step);
    },
  });
  for await (const batch of log) {
    await evaluator.take(batch);
    yield batch;
  }
}
