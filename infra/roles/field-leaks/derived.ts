import { noteAttempt } from '../../../projections/risk/webhooks/delivered.js';
import { appendRun } from '../../../services/marketing/rfm/run-log.js';
import { builtInRules } from '../../../services/risk/rules/built-in-rules.js';
import { eventually } from '../../../shared/testing/eventually.js';
import type { BankHere } from '../testing/bank-here.js';
import { askAt, must, type Ask } from './exchange.js';
import type { Facts, Reader } from './facts.js';
import type { Target } from './world.js';

/** What is said of near and far customers together, by whoever may ask for it. */
export interface Derived {
  readonly segments: { readonly dynamic: Target; readonly list: Target };
  /** A draft that was tried on the past. */
  readonly rule: Target;
  readonly backtest: Target;
  /** Told of a near alert and a far one. */
  readonly webhook: Target;
}

interface Given {
  readonly here: BankHere;
  readonly bank: Ask;
  readonly facts: Facts;
  readonly readers: readonly Reader[];
  /** A near person, a far one, and others. */
  readonly customers: readonly Target[];
  /** By the case that it belongs to. */
  readonly alerts: ReadonlyMap<string, string>;
}

const anyRevision = { 'if-match': '*' };
const WITHIN = { deadlineMs: 60_000, everyMs: 50 };

/** Before anything is told of: who in this role may read a case is told of its alerts. */
export const subscribeStaff = (bank: Ask): Promise<unknown> => must(bank, 'POST', '/v1/risk/alert-subscriptions', { role: 'branch-manager' });

/** What a bank makes of its customers: who is in which segment and why, how they were rated, what a rule would have found, whom it told of alerts. */
export async function deriveAll({ here, bank, facts, readers, customers, alerts }: Given): Promise<Derived> {
  const owners = customers.flatMap((one) => one.owners);
  const [near, far] = [customers[0]!, customers[1]!];
  const marketer = askAt(here.url, readers.find(({ name }) => name === 'marketer')!.headers);

  async function segment(definition: Readonly<Record<string, unknown>>): Promise<Target> {
    const { id } = await must(bank, 'POST', '/v1/marketing/segments', definition);
    await must(bank, 'POST', `/v1/marketing/segments/${id}/submission`, undefined, anyRevision);
    const { versions } = await must<{ versions: { hash: string }[] }>(bank, 'GET', `/v1/marketing/segments/${id}`);
    await must(marketer, 'POST', `/v1/marketing/segments/${id}/publication`, { hash: versions[0]!.hash }, anyRevision);
    if (definition['kind'] === 'list') await must(bank, 'POST', `/v1/marketing/segments/${id}/customers`, { add: customers.map((one) => one.id), remove: [] });
    return { id, owners };
  }
  // In what is handed over it stands for who sees what marketing says of a customer.
  const told = facts.of('segment', { permissions: ['marketing.read', 'customers.hand-over'], owners });
  const tree = { combinator: 'and', rules: [{ attr: 'customer.kind', operator: '=', value: 'individual' }, { attr: 'customer.income', operator: '>', value: { amount: '1000000000000.00', currency: 'CNY' } }] };
  const segments = { dynamic: await segment({ kind: 'dynamic', name: told('record', 'Perlmutt und Karneol', { silent: true }), tree }), list: await segment({ kind: 'list', name: told('record', 'Geladene Alabaster', { silent: true }) }) };

  const at = Date.parse('2025-06-01T00:00:00Z');
  const rated = ([[near, 91_882_640_517_329n, '918826405173.29'], [far, 82_771_539_406_218n, '827715394062.18']] as const).map(([{ id, owners: its }, minor, amount]) => {
    facts.of(id === near.id ? 'near rating' : 'far rating', { permissions: ['marketing.read', 'customers.hand-over'], owners: its })('movements', amount);
    return { id, doing: { days: 3, movements: 5, amounts: [{ currency: 'CNY' as const, minor }] } };
  });
  await appendRun({ ...here.behind, now: () => new Date() }, { kind: 'rfm-run', date: '2025-06-01', from: '2024-06-01', at, cause: { kind: 'time', at }, customers: rated.sort((a, b) => (a.id < b.id ? -1 : 1)) });

  const formula = { ...builtInRules.find(({ key }) => key === 'large-cash')!.formula, name: 'Tigerauge' };
  const { id: rule } = await must(bank, 'POST', '/v1/risk/rules', formula);
  const { id: backtest } = await must(bank, 'POST', `/v1/risk/rules/${rule}/backtests`);

  const secretly = facts.of('webhook', { permissions: ['risk.tell'], owners });
  const { id: webhook } = await must(bank, 'POST', '/v1/risk/webhooks', { name: secretly('record', 'achatschleife'), url: 'https://siem.invalid/' });
  for (const [caseId, alert] of alerts) await noteAttempt(here.behind.ops, webhook, { id: alert, case: caseId }, undefined, new Date());

  for (const { id } of [near, far]) {
    for (const segmentOf of [segments.dynamic, segments.list]) await eventually(async () => (await must<{ in: boolean }>(bank, 'GET', `/v1/customers/${id}/segments/${segmentOf.id}`)).in, WITHIN);
    await eventually(async () => (await must<{ items: unknown[] }>(bank, 'GET', `/v1/customers/${id}/rfm`)).items.length > 0, WITHIN);
  }
  // It reads the log from where every process finds it: a log in memory it cannot.
  await eventually(async () => (await must<{ status: string }>(bank, 'GET', `/v1/risk/backtests/${backtest}`)).status !== 'running', WITHIN);
  await eventually(async () => (await Promise.all([...alerts.keys()].map((id) => must<{ items: unknown[] }>(bank, 'GET', `/v1/risk/cases/${id}/messages`)))).some(({ items }) => items.length > 0), WITHIN);
  return { segments, rule: { id: rule, owners }, backtest: { id: backtest, owners }, webhook: { id: webhook, owners } };
}
