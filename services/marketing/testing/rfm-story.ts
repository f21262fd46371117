import type { Recorded } from '../../../shared/events/definition.js';
import type { RfmEvent } from '../../../shared/events/marketing/rfm-events.js';
import type { Turns } from '../../evaluation/evaluator.js';
import { outputsBy } from '../../evaluation/testing/runs.js';
import { SegmentsProgram, type SegmentOutput } from '../program.js';
import { monthTurns } from '../rfm/month-turns.js';
import { eventsOfRun, type RfmRun } from '../rfm/run.js';

/** The runs as the texts of their events, among what comes of segments. */
export function toldTurns(timeZone = 'UTC'): Turns<SegmentOutput | string> {
  const turns = monthTurns(timeZone);
  return {
    latest(after, until) {
      const turn = turns.latest(after, until);
      return turn && { from: turn.from, at: turn.at, take: turn.take, outputs: () => turn.outputs().map((run) => JSON.stringify(eventsOfRun(run))) };
    },
  };
}

/** Every run that a log brings about. */
export async function runsOf(log: readonly Recorded[], timeZone = 'UTC'): Promise<(readonly RfmEvent[])[]> {
  return (await rfmRunsOf(log, timeZone)).map((run) => eventsOfRun(run));
}

export async function rfmRunsOf(log: readonly Recorded[], timeZone = 'UTC'): Promise<RfmRun[]> {
  const outputs = await outputsBy<SegmentOutput | RfmRun>(() => new SegmentsProgram(), log, monthTurns(timeZone));
  return outputs.filter((one) => one.kind === 'rfm-run');
}
