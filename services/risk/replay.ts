import { isDeepStrictEqual } from 'node:util';
import type { Recorded } from '../../shared/events/definition.js';
import type { RiskCaseEvent } from '../../shared/events/risk/case-events.js';
import { readable } from '../../shared/events/personal.js';
import type { Catalogue } from '../../shared/rules/catalogue.js';
import type { BankTimes } from '../evaluation/bank-times.js';
import { evaluateWhole } from '../evaluation/whole-log.js';
import type { Alert } from './cases/commands.js';
import { RiskProgram, type Finding } from './program.js';

/** What differs between the alerts in the log and those that the log gives. */
export type AlertDifference =
  | { readonly kind: 'not-stored' | 'not-found' | 'stored-twice'; readonly alertId: string }
  | { readonly kind: 'other'; readonly alertId: string; readonly stored: Alert; readonly found: Alert };

export interface AlertReplay {
  /** Found by the rules of the log over the log, in their order. */
  readonly found: readonly Alert[];
  readonly stored: number;
  readonly differences: readonly AlertDifference[];
}

/** Runs the log's own rules over the log once more and compares: a replay finds what was stored, each once, and stores nothing. */
export async function replayAlerts({ catalogue, log, bookedAt, startOfDay }: BankTimes & {
  readonly catalogue: Catalogue;
  /** In its order, in batches, opened. */
  readonly log: AsyncIterable<readonly Recorded[]>;
}): Promise<AlertReplay> {
  const found: Alert[] = [];
  const stored = new Map<string, Alert[]>();
  const evaluated = evaluateWhole<Finding>({
    log, bookedAt, startOfDay, program: new RiskProgram(catalogue),
    onOutputs: (findings) => {
      for (const finding of findings) if (finding.kind === 'alert') found.push(finding.alert);
    },
  });
  for await (const batch of evaluated)
    for (const { event } of batch as readonly Recorded<RiskCaseEvent>[]) {
      if (event.type !== 'AlertRaised') continue;
      const { caseId: _case, round: _round, muted: _muted, trace, ...alert } = event.data;
      stored.set(alert.alertId, [...(stored.get(alert.alertId) ?? []), { ...alert, trace: readable(trace) ? trace : [] }]);
    }
  const ids = new Set(found.map(({ alertId }) => alertId));
  const differences = [
    ...found.flatMap((alert): AlertDifference[] => {
      const { alertId } = alert;
      const [first, second] = stored.get(alertId) ?? [];
      if (!first) return [{ kind: 'not-stored', alertId }];
      if (second) return [{ kind: 'stored-twice', alertId }];
      // Of who was erased the trace cannot be read any more.
      return isDeepStrictEqual(first, { ...alert, trace: first.trace.length === 0 ? [] : alert.trace }) ? [] : [{ kind: 'other', alertId, stored: first, found: alert }];
    }),
    ...[...stored.keys()].filter((alertId) => !ids.has(alertId)).map((alertId): AlertDifference => ({ kind: 'not-found', alertId })),
  ];
  return { found, stored: [...stored.values()].flat().length, differences };
}
