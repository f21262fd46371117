import { randomUUID } from 'node:crypto';
import { bankCatalogue } from '../../services/evaluation/catalogue.js';
import { checkDefinition } from '../../services/marketing/segments/check-definition.js';
import { createSegments } from '../../services/marketing/segments/segments.js';
import { hashOfDefinition } from '../../services/marketing/segments/state.js';
import type { SegmentDefinition } from '../../shared/events/marketing/segment-events.js';
import type { CommandContext } from '../../shared/http/context.js';
import { createRecords } from '../../shared/records/record.js';
import type { LoadBank } from '../load-bank.js';

const CNY = (amount: string) => ({ amount, currency: 'CNY' });
const branch = (value: string) => ({ attr: 'customer.branch', operator: '=', value });
const both = (...rules: object[]) => ({ combinator: 'and', rules });
const counted = (days: number, times: number, where?: object) => ({ agg: { fn: 'count', over: 'movement', key: 'customer', window: `P${days}D`, ...(where && { where }) }, operator: '>=', value: times });
const moved = (side: 'in' | 'out', days: number, amount: string) =>
  ({ agg: { fn: 'sum', field: 'amount', currency: 'CNY', over: 'movement', key: 'customer', window: `P${days}D`, where: { field: 'side', operator: '=', value: side } }, operator: '>', value: CNY(amount) });
const balance = (operator: string, amount: string) => ({ attr: 'balance.CNY', operator, value: CNY(amount) });
const income = (operator: string, amount: string) => ({ attr: 'customer.income', operator, value: CNY(amount) });
const born = (operator: string, value: string) => ({ attr: 'customer.birthDate', operator, value });

/** Twenty, as a bank has them: by record, by balance and by what customers do with their money. */
const TREES: readonly object[] = [
  branch('BJ-001'), branch('SH-001'), { attr: 'customer.sex', operator: '=', value: 'female' }, income('>', '200000.00'), income('<', '100000.00'), born('<', '1960-01-01'), born('>', '1995-01-01'),
  both(born('>', '1980-01-01'), income('>', '150000.00')), balance('>', '30000.00'), balance('<', '15000.00'), both(balance('>', '25000.00'), branch('BJ-001')), { attr: 'accounts.open', operator: '>', value: 1 },
  counted(30, 2), counted(30, 10), counted(7, 5, { field: 'side', operator: '=', value: 'out' }), counted(90, 20), moved('in', 30, '20000.00'), moved('out', 30, '1000.00'), both(counted(30, 3), income('>', '200000.00')),
  both(moved('in', 90, '30000.00'), balance('>', '30000.00')),
];

/** None refers to another. */
const NONE_KNOWN = { refersTo: () => null, nameOf: (id: string) => id, usersOf: () => [] };
export const definitions: readonly SegmentDefinition[] = TREES.map((tree, index) => ({ kind: 'dynamic', name: `Load ${index + 1}`, tree: { ...tree } }));
export const faultsOf = (id: string, definition: SegmentDefinition) => checkDefinition(bankCatalogue, NONE_KNOWN, id, definition);

/** Publishes them as two people do, on the records beside the running bank. Returns how many. */
export async function publishSegments({ records: { log, codec } }: LoadBank): Promise<number> {
  const segments = createSegments(createRecords({ store: log, codec }));
  const any = (): boolean => true;
  for (const definition of definitions) {
    const id = randomUUID();
    await segments.execute(id, { kind: 'draft', segmentId: id, definition, faults: faultsOf(id, definition) }, by('author'));
    await segments.execute(id, { kind: 'submit', precondition: any }, by('author'));
    const publisher = by('publisher');
    await segments.execute(id, { kind: 'publish', by: publisher.actor as typeof publisher.actor & { channel: string }, hash: hashOfDefinition(definition), faults: [], precondition: any }, publisher);
  }
  return definitions.length;
}

function by(id: string): CommandContext {
  const commandId = randomUUID();
  return { commandId, repeatable: false, correlationId: commandId, actor: { id, role: 'staff', channel: 'online' }, at: new Date() };
}
