import type { Occasion } from '../../evaluation/program.js';
import type { EvaluatorState, SubjectStore } from '../../evaluation/evaluator.js';
import { World } from '../../evaluation/world.js';

/** What is asked for is read only: the customers that the evaluation of segments keeps, as it has seen them. */
export interface KeptCustomers {
  readonly subjects: Pick<SubjectStore, 'load' | 'idsAfter'>;
  readonly state: Pick<EvaluatorState, 'clock' | 'merges'>;
}

export interface LookOptions {
  /** Of some customers, those whom the asker may know of. */
  readonly reached: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly startOfDay: (date: string) => number;
  /** The earliest facts that are asked for. */
  readonly factsFrom: number;
  readonly milliseconds: number;
}

const PAGE = 500;

/** Looks at everybody within reach as the evaluation would now, in the order of ids. False: time was up before everybody had been looked at. */
export async function lookAtKept({ subjects, state }: KeptCustomers, { reached, startOfDay, factsFrom, milliseconds }: LookOptions, look: (occasion: Occasion) => void): Promise<boolean> {
  const until = performance.now() + milliseconds;
  const gone = new Map(state.merges);
  for (let ids = await subjects.idsAfter(null, PAGE); ids.length > 0; ids = await subjects.idsAfter(ids.at(-1)!, PAGE)) {
    if (performance.now() > until) return false;
    const own = await reached(ids.filter((id) => !gone.has(id)));
    const world = new World(state.merges);
    for (const subject of await subjects.load([...own, ...[...own].flatMap((id) => world.mergedInto(id))], factsFrom)) world.hold(subject);
    for (const id of ids) {
      if (!own.has(id) || !world.inHand(id)?.person) continue;
      const group = world.groupOf(id);
      look({
        customerId: id, group, exists: true, cause: { kind: 'time', at: state.clock }, now: state.clock, startOfDay, recall: (list) => group[0].memory.get(list),
        remember: () => { throw new Error('a preview changes nothing'); },
      });
    }
  }
  return true;
}
