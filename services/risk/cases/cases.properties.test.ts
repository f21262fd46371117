import fc from 'fast-check';
import t from 'tap';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { RiskCaseEvent } from '../../../shared/events/risk/case-events.js';
import { isAbove, SEVERITIES, type Severity } from '../../../shared/events/risk/values.js';
import { systemContext } from '../../../shared/http/system-context.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { createRecords } from '../../../shared/records/record.js';
import { seed } from '../../../shared/testing/seed.js';
import { alert, CASE, CUSTOMER, NOW } from '../testing/stories.js';
import { createCases, executeAlert } from './cases.js';
import type { WorkCase } from './commands.js';

t.comment(`seed ${seed}`);
const CAUSES = Array.from({ length: 6 }, (_, index) => `0198a7c2-0000-7000-8000-0000000000d${index}`);
const by = { id: 'li' };
const precondition = (): boolean => true;
const WORK: readonly WorkCase[] = [
  { kind: 'snooze', by, precondition, at: NOW, until: new Date(NOW.getTime() + 3_600_000), reason: 'x' }, { kind: 'wake', by, precondition },
  { kind: 'comment', by, precondition, text: 'x' }, { kind: 'assign', by, precondition, assignee: 'li', isAble: true }, { kind: 'close', by, precondition, outcome: 'valuable_alert', reason: 'x', worksOnAll: true },
];
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ cause: fc.constantFrom(...CAUSES), severity: fc.constantFrom(...SEVERITIES) }) },
  fc.constantFrom(...WORK),
);

/** What must hold of a case's whole stream, whoever did what in whatever order. */
function faults(events: readonly RiskCaseEvent[]): string[] {
  const found: string[] = [];
  let round = 0;
  let severity: Severity = 'low';
  let isOpen = false;
  for (const { type, data } of events) {
    if (type === 'RiskCaseOpened') {
      if (isOpen || data.round !== round + 1) found.push(`round ${data.round} after ${round}`);
      [round, severity, isOpen] = [data.round, data.severity, true];
    } else if (!isOpen || data.round !== round) found.push(`${type} outside of its round`);
    if (type === 'RiskCaseSeverityRaised') {
      if (!isAbove(data.severity, severity)) found.push('severity did not rise');
      severity = data.severity;
    }
    if (type === 'AlertRaised' && isAbove(data.severity, severity) && !events.some((one) => one.type === 'RiskCaseSeverityRaised' && one.data.round === round)) found.push('severity should have risen');
    if (type === 'RiskCaseClosed') isOpen = false;
  }
  return found;
}

t.test('in whatever order alerts come, come again and are worked on: each is in the log once, in an open round of one case, and severity only rises', async (t) => {
  await t.resolves(fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (story) => {
    const records = createRecords({ store: memoryEventStore(), codec: createCodec(createMemoryVault()) });
    const cases = createCases({ records, now: () => NOW });
    const severities = new Map<string, Severity>();
    for (const one of story)
      if ('cause' in one) {
        // The same cause gives the same alert, so also the same severity.
        severities.set(one.cause, severities.get(one.cause) ?? one.severity);
        const raised = { ...alert({ cause: one.cause, severity: severities.get(one.cause)! }) };
        const first = await executeAlert(records, raised, () => NOW);
        const again = await executeAlert(records, raised, () => NOW);
        if (again?.position !== first?.position || !again?.repeated) throw new Error('a repeat stored something');
      } else await cases.work(CASE, one, systemContext('li', NOW)).catch((error: unknown) => {
        if ((error as Error).name !== 'Refusal') throw error;
      });
    const history = (await cases.history(CASE, { direction: 'forwards', limit: 1_000 })) ?? [];
    const events = history.map(({ event }) => event);
    if (events.filter(({ type }) => type === 'AlertRaised').length !== severities.size) throw new Error('an alert is not in the log once');
    const found = faults(events);
    if (found.length > 0) throw new Error(found.join('; '));
    return true;
  }), { seed, numRuns: 60 }));
  t.same(faults([{ type: 'RiskCaseClosed', data: { caseId: CASE, customerId: CUSTOMER, round: 1, outcome: 'false_positive', reason: 'x' } }]), ['RiskCaseClosed outside of its round'], 'control: what is wrong is found');
});

t.test('about who has been erased nothing is written, and the evaluator is told so instead of failing', async (t) => {
  const vault = createMemoryVault();
  const records = createRecords({ store: memoryEventStore(), codec: createCodec(vault) });
  const cases = createCases({ records, now: () => NOW });
  t.ok(await executeAlert(records, alert(), () => NOW));
  await vault.erase(CUSTOMER);
  t.equal(await executeAlert(records, alert({ cause: CAUSES[1]! }), () => NOW), undefined);
  await t.rejects(cases.work(CASE, WORK[2]!, systemContext('li', NOW)), { message: 'case_customer_erased' });
  t.match((await cases.load(CASE))?.state, { status: 'open', alerts: 1 }, 'the case is there as it was');
  await cases.work(CASE, WORK.at(-1)!, systemContext('li', NOW));
  t.match((await cases.load(CASE))?.state, { status: 'closed', outcome: 'valuable_alert', reason: 'erased' }, 'and can be closed: with its outcome, the reason is not kept');
});
