import { bankCatalogue } from '../../services/evaluation/catalogue.js';
import { startLiveEvaluation, type LiveEvaluation } from '../../services/evaluation/live.js';
import { evaluationMeters } from '../../services/evaluation/meters.js';
import type { Processor } from '../../services/evaluation/processor/processor.js';
import { appendMemberships, causeIdOf } from '../../services/marketing/membership-log.js';
import { monthTurns } from '../../services/marketing/rfm/month-turns.js';
import { appendRun } from '../../services/marketing/rfm/run-log.js';
import type { RfmRun } from '../../services/marketing/rfm/run.js';
import { SegmentsProgram, type SegmentOutput } from '../../services/marketing/program.js';
import { parkInForce, parkSegment } from '../../services/marketing/segments/segments.js';
import { executeAlert } from '../../services/risk/cases/cases.js';
import { RiskProgram, type Finding } from '../../services/risk/program.js';
import { parkRule } from '../../services/risk/rules/rules.js';
import type { EvaluationName } from './evaluation-watch.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { createRecords } from '../../shared/records/record.js';
import { unreachable } from '../../shared/kernel/decision.js';

export interface EvaluationParts extends Pick<LiveEvaluation<never>, 'bus' | 'codec' | 'vault' | 'opsPool' | 'readPool' | 'timeZone' | 'logger'> {
  readonly eventStore: EventStore;
  readonly metrics?: Metrics;
}

/** By their names. */
export type Evaluations = Readonly<Record<EvaluationName, Processor>>;

/** One in standby works: another is active. */
export function evaluationsWork(evaluations: Evaluations): void {
  const failures = Object.entries(evaluations).flatMap(([name, processor]) => {
    const { failure } = processor.status();
    return failure === undefined ? [] : [`${name}: ${failure}`];
  });
  if (failures.length > 0) throw new Error(failures.join('; '));
}

export async function stopEvaluations(evaluations: Evaluations): Promise<void> {
  await Promise.all(Object.values(evaluations).map((processor) => processor.stop()));
}

/** What follows from the stream: alerts, and who is in which segment. */
export function startEvaluations(parts: EvaluationParts): Evaluations {
  const { eventStore, codec, logger } = parts;
  const meters = evaluationMeters(parts.metrics);
  const records = createRecords({ store: eventStore, codec });
  const now = (): Date => new Date();

  async function appendFinding(finding: Finding): Promise<void> {
    switch (finding.kind) {
      case 'alert':
        await executeAlert(records, finding.alert, now);
        return;
      case 'rule-failed':
        logger.error({ rule: finding.ruleId, version: finding.version, code: finding.code, cause: finding.cause }, 'a risk rule cannot be evaluated and is set aside');
        await parkRule(records, finding, now);
        return;
      default:
        unreachable(finding);
    }
  }

  const appendChanges = appendMemberships({
    eventStore, codec, now,
    onDiffer: async (differ) => {
      const { segmentId, version, eventId } = differ;
      logger.error({ segment: segmentId, err: differ }, 'who is in a segment is not what its evaluation gives: it is set aside until somebody resumes it');
      await parkInForce(records, segmentId, { version, code: 'memberships_differ', cause: eventId }, now);
    },
  });
  async function appendMarketing(outputs: readonly (SegmentOutput | RfmRun)[], heads: Record<string, string>): Promise<void> {
    await appendChanges(outputs.filter((one) => one.kind !== 'failed' && one.kind !== 'rfm-run'), heads);
    for (const one of outputs) {
      if (one.kind === 'rfm-run') await appendRun({ eventStore, codec, now }, one);
      if (one.kind !== 'failed') continue;
      logger.error({ segment: one.segmentId, version: one.version, code: one.code, cause: one.cause }, 'a segment cannot be evaluated and is set aside');
      await parkSegment(records, one.segmentId, { version: one.version, code: one.code, cause: causeIdOf(one.cause) }, now);
    }
  }

  return {
    marketing: startLiveEvaluation<SegmentOutput | RfmRun>({
      ...parts, name: 'marketing', modules: ['marketing'], program: () => new SegmentsProgram(), turns: monthTurns(parts.timeZone), meters: meters('marketing'), append: appendMarketing,
    }),
    risk: startLiveEvaluation<Finding>({
      ...parts, name: 'risk', modules: ['risk', 'marketing'], program: () => new RiskProgram(bankCatalogue), meters: meters('risk'),
      append: async (findings) => {
        // One after another: the log tells them in the order they were found in.
        for (const finding of findings) await appendFinding(finding);
      },
    }),
  };
}
