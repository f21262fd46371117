import type { CheckedRule } from '../../../shared/rules/checked.js';
import { holds } from '../../../shared/rules/evaluate.js';
import { horizonOf } from '../../evaluation/fact-fields.js';
import { barredFrom, segmentView } from '../membership.js';
import { usesBehaviour } from '../profiling.js';
import { lookAtKept, type KeptCustomers, type LookOptions } from './kept-occasions.js';

export interface Preview {
  /** Of those looked at. */
  readonly count: number;
  readonly looked: number;
  /** False: time was up before everybody had been looked at. */
  readonly complete: boolean;
  readonly sample: readonly string[];
}

/** Who would be in by a rule that is no segment yet; of them at most `most` are named. */
export async function previewRule(rule: CheckedRule, kept: KeptCustomers, options: Omit<LookOptions, 'factsFrom'>, most: number): Promise<Preview> {
  const factsFrom = kept.state.clock - horizonOf([rule]);
  const sample: string[] = [];
  let [count, looked] = [0, 0];
  const complete = await lookAtKept(kept, { ...options, factsFrom }, (occasion) => {
    looked++;
    if (barredFrom({ profiles: usesBehaviour(rule) }, occasion) !== undefined || !holds(rule, segmentView(occasion))) return;
    count++;
    if (sample.length < most) sample.push(occasion.customerId);
  });
  return { count, looked, complete, sample };
}
