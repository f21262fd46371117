import { deepStrictEqual } from 'node:assert/strict';
import type { Recorded } from '../../../shared/events/definition.js';
import { Evaluator, type EvaluatorOptions, type EvaluatorState, type Step, type SubjectStore, type Turns } from '../evaluator.js';
import type { Program } from '../program.js';
import { evaluateWhole } from '../whole-log.js';
import { ExampleProgram } from './example-program.js';

export const startOfDay = (date: string): number => Date.parse(`${date}T00:00:00Z`);
export const bookedAt = ({ metadata: { recordedAt, bookingDate } }: Recorded): number => (bookingDate === undefined || bookingDate === recordedAt.slice(0, 10) ? Date.parse(recordedAt) : startOfDay(bookingDate));
const always = { bookedAt, startOfDay };

/** All of the log at once, everybody in hand. */
export const outputsOf = (log: readonly Recorded[]): Promise<string[]> => outputsBy(() => new ExampleProgram(), log);

export async function outputsBy<Output>(program: () => Program<Output>, log: readonly Recorded[], turns?: Turns<Output>): Promise<Output[]> {
  const outputs: Output[] = [];
  for await (const _ of evaluateWhole<Output>({ ...always, program: program(), ...(turns && { turns }), log: [log], onOutputs: (more) => void outputs.push(...more) }));
  return outputs;
}

/** Where steps are made durable and begun from. */
export interface DurableStore extends SubjectStore {
  readonly state: EvaluatorState;
  commit(step: Step<unknown>): Promise<void> | void;
}

/** As a live processor does it: in batches, with few customers in hand or all of them, storing what may wait only now and then, and killed at times before or after what it answered was stored. */
export const outputsUnderFire = (log: readonly Recorded[], stored: DurableStore, chances: Iterator<number>): Promise<{ outputs: string[]; kills: number }> =>
  outputsUnderFireBy(() => new ExampleProgram(), log, stored, chances);

/** What comes again after a kill is taken for the same by its JSON. */
export async function outputsUnderFireBy<Output>(program: () => Program<Output>, log: readonly Recorded[], stored: DurableStore, chances: Iterator<number>, turns?: Turns<Output>): Promise<{ outputs: Output[]; kills: number }> {
  const outputs = new Map<string, Output>();
  let kills = 0;
  const options = (): EvaluatorOptions<Output> => ({
    ...always, program: program(), ...(turns && { turns }), store: stored, state: stored.state, pageSize: 2, keepInHand: (chances.next().value as number) % 2 === 0 ? 9_000 : 90_000,
    commit: async (step) => {
      const chance = chances.next().value as number;
      if (chance < 10) throw new Killed();
      for (const output of step.outputs) outputs.set(JSON.stringify(output), output);
      if (chance < 20) throw new Killed();
      if (step.mustStore || chance % 3 === 0) await stored.commit(step);
    },
  });
  let taken = stored.state.position;
  for (let evaluator = await Evaluator.start(options()); ;) {
    const left = log.filter(({ position }) => position > taken);
    if (left.length === 0 && stored.state.position === taken) return { outputs: [...outputs.values()], kills };
    try {
      const batch = left.slice(0, 1 + (chances.next().value as number) % 9);
      await (batch.length === 0 ? evaluator.store() : evaluator.take(batch));
      taken = batch.at(-1)?.position ?? taken;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      kills++;
      evaluator = await Evaluator.start(options());
      taken = stored.state.position;
    }
  }
}

class Killed extends Error {}

/** Fails where what came under fire is not what comes undisturbed. Answers how often it was killed, and how much came. */
export async function sameUnderFire<Output>(program: () => Program<Output>, log: readonly Recorded[], stored: DurableStore, chances: Iterator<number>): Promise<{ kills: number; outputs: number }> {
  const undisturbed = await outputsBy(program, log);
  const { outputs, kills } = await outputsUnderFireBy(program, log, stored, chances);
  deepStrictEqual(outputs.map((one) => JSON.stringify(one)), undisturbed.map((one) => JSON.stringify(one)));
  return { kills, outputs: undisturbed.length };
}
