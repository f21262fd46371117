import type { CheckedRule } from '../../../shared/rules/checked.js';
import { holds } from '../../../shared/rules/evaluate.js';
import type { EvaluatorState } from '../../evaluation/evaluator.js';
import type { Occasion } from '../../evaluation/program.js';
import type { SubjectStore } from '../../evaluation/evaluator.js';
import { World } from '../../evaluation/world.js';
import { barredFrom, segmentView } from '../membership.js';
import { usesBehaviour } from '../profiling.js';

/** What is asked for is read only: the customers that the evaluation of segments keeps, as it has seen them. */
export interface KeptCustomers {
  readonly subjects: Pick<SubjectStore, 'load' | 'idsAfter'>;
  readonly state: Pick<EvaluatorState, 'clock' | 'merges'>;
}

export interface Preview {
  /** Of those looked at. */
  readonly count: number;
  readonly looked: number;
  /** False: time was up before everybody had been looked at. */
  readonly complete: boolean;
  readonly sample: readonly string[];
}

export interface PreviewLimits {
  readonly milliseconds: number;
  readonly sample: number;
}

const PAGE = 500;

/** Who would be in by a rule that is no segment yet. `reached`: of some customers, those whom the asker may know of. */
export async function previewRule(rule: CheckedRule, { subjects, state }: KeptCustomers, reached: (ids: readonly string[]) => Promise<ReadonlySet<string>>, startOfDay: (date: string) => number, limits: PreviewLimits): Promise<Preview> {
  const until = performance.now() + limits.milliseconds;
  const factsFrom = state.clock - Math.max(0, ...rule.aggregates.map(({ window, offset }) => window + offset));
  const gone = new Map(state.merges);
  const sample: string[] = [];
  let [count, looked] = [0, 0];
  for (let ids = await subjects.idsAfter(null, PAGE); ids.length > 0; ids = await subjects.idsAfter(ids.at(-1)!, PAGE)) {
    if (performance.now() > until) return { count, looked, complete: false, sample };
    const own = await reached(ids.filter((id) => !gone.has(id)));
    const world = new World(state.merges);
    for (const subject of await subjects.load([...own, ...[...own].flatMap((id) => world.mergedInto(id))], factsFrom)) world.hold(subject);
    for (const id of ids) {
      if (!own.has(id) || !world.inHand(id)?.person) continue;
      looked++;
      const group = world.groupOf(id);
      const occasion: Occasion = {
        customerId: id, group, exists: true, cause: { kind: 'time', at: state.clock }, now: state.clock, startOfDay, recall: (list) => group[0].memory.get(list),
        remember: () => { throw new Error('a preview changes nothing'); },
      };
      if (barredFrom({ profiles: usesBehaviour(rule) }, occasion) !== undefined || !holds(rule, segmentView(occasion))) continue;
      count++;
      if (sample.length < limits.sample) sample.push(id);
    }
  }
  return { count, looked, complete: true, sample };
}
