import type { Auditor, Audited } from './auditor/auditor.js';
import type { Baseline } from './baseline/baseline.js';
import type { LoadBank } from './load-bank.js';
import { measure, measureBaseline, type MeasuredBaseline, type Round } from './rounds.js';
import type { Figure, Scenario } from './scenarios/scenario.js';
import { spreadOf } from './spread.js';
import type { Attempt } from './transfer-history.js';

export interface RunOptions {
  readonly seconds: number;
  readonly rounds: number;
  /** In place of the scenario's own. */
  readonly connections?: number;
  /** Asks a second of the open loop; a share of the closed loop's where absent. */
  readonly rate?: number;
}

export interface Result {
  readonly name: string;
  readonly about: string;
  readonly connections: number;
  /** Asked again as soon as answered. */
  readonly closed: readonly Round[];
  /** Asked at a fixed rate, in asks a second. */
  readonly open: readonly Round[];
  readonly rate: number | undefined;
  readonly baseline: readonly MeasuredBaseline[];
  readonly audited: Audited;
  /** What its preparation measured. */
  readonly figures: readonly Figure[];
}

/** Of the top speed, for the open loop. */
const SHARE = 0.7;
const WARM_UP_SECONDS = 5;

/** Warm-up, closed loop and baseline in turn, then the open loop; the auditor at the end looks at all of it, warm-up included. */
export async function runScenario(bank: LoadBank, scenario: Scenario, auditor: Auditor, baseline: Baseline | undefined, options: RunOptions): Promise<Result> {
  const { seconds, rounds, connections = scenario.connections } = options;
  const attempts: Attempt[] = [];
  const figures = (await scenario.prepare?.(bank)) ?? [];
  await auditor.begin();
  const one = (more: { seconds?: number; rate?: number } = {}): Promise<Round> => measure({ bank, scenario, attempts, drained: () => auditor.drained() }, { seconds, connections, ...more });
  const warmUp = await one({ seconds: Math.min(WARM_UP_SECONDS, seconds), ...(scenario.paced === 'rate' && { rate: options.rate ?? 100 }) });
  const closed: Round[] = [];
  const against: MeasuredBaseline[] = [];
  const compare = baseline && scenario.baseline;
  if (compare) await measureBaseline(bank, baseline, scenario, connections, seconds);
  if (scenario.paced !== 'rate')
    for (let round = 0; round < rounds; round++) {
      // In turn, and the other way round each time: what else the machine does meets both.
      if (compare && round % 2 === 1) against.push(await measureBaseline(bank, baseline, scenario, connections, seconds));
      closed.push(await one());
      if (compare && round % 2 === 0) against.push(await measureBaseline(bank, baseline, scenario, connections, seconds));
    }
  const rate = scenario.paced === 'clients' ? undefined : options.rate ?? Math.max(1, SHARE * asksPerSecond(closed, scenario, warmUp));
  const open: Round[] = [];
  if (rate !== undefined) for (let round = 0; round < rounds; round++) open.push(await one({ rate }));
  return { name: scenario.name, about: scenario.about, connections, closed, open, rate, baseline: against, audited: await auditor.answers(attempts), figures };
}

/** Everything asked counts towards a rate, not only what throughput counts. */
function asksPerSecond(closed: readonly Round[], { counted, transfersEach = 1 }: Scenario, warmUp: Round): number {
  const asks = (round: Round): number => {
    const [all, of] = [Object.entries(round.latencyBy), (kinds: readonly string[]) => kinds.reduce((sum, kind) => sum + (round.latencyBy[kind]?.count ?? 0), 0)];
    return ((round.perSecond / transfersEach) * all.reduce((sum, [, { count }]) => sum + count, 0)) / Math.max(1, of(counted));
  };
  return spreadOf((closed.length > 0 ? closed : [warmUp]).map(asks)).median;
}
