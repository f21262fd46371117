import { randomUUID } from 'node:crypto';
import t from 'tap';
import { idOf, Story } from '../../projections/ledger/testing/story.js';
import { twoCustomers } from '../../projections/ledger/testing/two-customers.js';
import type { EventMetadata } from '../../shared/events/definition.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { eventIdOf } from '../../shared/kernel/ids.js';
import { storedLog, verifying } from './testing/stored-log.js';

/** As much of an event's data as the damages below touch. */
interface Data {
  [field: string]: unknown;
  legs: { readonly side: string; money: object; balanceAfter: object }[];
}
type Damage = (log: StoredEvent[]) => StoredEvent[];

const at = (log: StoredEvent[], type: string): StoredEvent & { data: Data; metadata: EventMetadata } => log.find((stored) => stored.type === type)! as never;
const withData = (type: string, change: (data: Data) => void): Damage => (log) => (change(at(log, type).data), log);

/** The event once more at the log's end, by a command of its own unless `same` says otherwise. */
const again = (type: string, change: (data: Data) => void = () => undefined, same = false): Damage => (log) => {
  const last = log.at(-1)!;
  const copy = structuredClone(at(log, type));
  const commandId = same ? copy.metadata.commandId : randomUUID();
  change(copy.data);
  return [...log, { ...copy, id: eventIdOf(commandId, 0), metadata: { ...copy.metadata, commandId }, revision: last.revision + 1n, position: last.position + 1n }];
};
/** Every later balance of the account. */
const AND_WHAT_FOLLOWS = /^balance_differs/;
const balance = (minor: string) => ({ amount: minor, currency: 'CNY' });

t.test('a log as the bank writes it is clean', async (t) => {
  const { findings, result } = await verifying(await storedLog(twoCustomers()));
  t.same(findings, []);
  t.same(result, { events: twoCustomers().events.length, streams: 1, accounts: 6 });
  t.same((await verifying([])).result, { events: 0, streams: 0, accounts: 0 });
});

const damages: readonly [name: string, damage: Damage, ...found: (string | RegExp)[]][] = [
  ['two events out of order', (log) => [log[0]!, { ...log[1]!, position: log[2]!.position }, ...log.slice(2)], 'log_order ledger-0/2'],
  ['an event gone', (log) => log.filter(({ type }) => type !== 'LedgerClaimed'), 'log_gap ledger-0/2 expected revision 1'],
  ['a stream that does not begin', (log) => log.map((stored) => ({ ...stored, stream: 'ledger-7', revision: stored.revision + 3n })), 'log_gap ledger-7/3 expected revision 0', /^ledger_founded_twice ledger-7\/3/],
  ['a type nobody knows', (log) => log.map((stored) => (stored.type === 'LedgerClaimed' ? { ...stored, type: 'LedgerSold' } : stored)), /^event_unknown ledger-0\/1 type LedgerSold/, /^event_unreadable ledger-0\/1/],
  ['no metadata', (log) => ((log[1] = { ...log[1]!, metadata: undefined as never }), log), /^event_unknown ledger-0\/1/, /^event_unreadable ledger-0\/1/],
  ['another shape', withData('LedgerClaimed', (data) => (data.evil = 1)), /^event_shape ledger-0\/1 data must NOT have additional properties \(evil\)/],
  ['a command id that is none', (log) => ((at(log, 'LedgerClaimed').metadata.commandId = 'x'), log), /^event_shape ledger-0\/1 metadata\/commandId/],
  ['an id that does not follow from its command', (log) => log.map((stored) => (stored.type === 'LedgerClaimed' ? { ...stored, id: idOf('other') } : stored)), /^event_id ledger-0\/1/],
  ['a command that came back', again('LedgerClaimed', undefined, true), /^command_twice ledger-0\/\d+ command/],
  ['an account opened twice', again('AccountOpened', (data) => (data.accountNumber = '1')), /^account_opened_twice/],
  ['a number given twice', again('AccountOpened', (data) => (data.accountId = idOf('new'))), /^account_number_twice ledger-0\/\d+ 6200000000/],
  ['a number of letters given twice', (log) => [{ accountId: idOf('n1'), accountNumber: 'GL-1' }, { accountId: idOf('n2'), accountNumber: 'GL-1' }].reduce((so, change) => again('AccountOpened', (data) => Object.assign(data, change))(so), log),
    /^account_number_twice ledger-0\/\d+ GL-1/],
  ['a founding within', again('LedgerFounded'), /^ledger_founded_twice/],
  ['a business date that goes back', again('BusinessDateOpened', (data) => (data.businessDate = '2026-02-28')), /^business_date_back ledger-0\/\d+ 2026-02-28 after 2026-03-01/],
  ['a balance that does not follow', withData('DepositPosted', (data) => (data.legs[1]!.balanceAfter = balance('100.01'))), /^balance_differs .* recorded 100.01, the entries make it 10000 minor units/],
  ['a balance beyond 64 bits that does not follow', withData('DepositPosted', (data) => (data.legs[1]!.balanceAfter = balance('184467440737095616.00'))), /^balance_differs/],
  ['an amount with too many decimals', withData('DepositPosted', (data) => (data.legs[1]!.money = balance('100.001'))), /^event_unreadable .* malformed amount/, AND_WHAT_FOLLOWS],
  ['a movement that came back', again('DepositPosted', (data) => data.legs.forEach((leg) => (leg.balanceAfter = leg.side === 'debit' ? balance('196.00') : balance('170.00')))), /^movement_twice/],
  ['a reversal of nothing', withData('ReversalPosted', (data) => (data.reversedMovementId = idOf('nothing'))), /^reversal_of_nothing/],
  ['a hold placed twice', again('HoldPlaced', (data) => Object.assign(data, { holdId: idOf('petrol'), money: balance('0.01') })), /^hold_placed_twice/],
  ['a hold on no account', again('HoldPlaced', (data) => Object.assign(data, { holdId: idOf('h9'), accountId: idOf('nobody') })), /^account_unknown/],
  ['a hold released twice', again('HoldReleased'), /^hold_unknown/],
  ['a capture that does not add up', withData('HoldCaptured', (data) => (data.released = balance('5.01'))), /^hold_not_conserved .* 15.00 captured and 5.01 released of 2000/],
  ['a hold beyond what is there', again('HoldPlaced', (data) => Object.assign(data, { holdId: idOf('h8'), money: balance('9999.00') })), /^overdrawn/],
  ['an account closed with money', again('AccountClosed', (data) => (data.accountId = idOf('bob'))), /^closed_with_money .* balance \d+, held 700/],
];

for (const [name, damage, ...found] of damages)
  t.test(`found: ${name}`, async (t) => {
    const { findings } = await verifying(damage(await storedLog(twoCustomers())));
    const told = findings.map(({ code, where, detail }) => `${code} ${where} ${detail}`);
    t.ok(found.every((expected, index) => (typeof expected === 'string' ? told[index]?.startsWith(expected) : expected.test(told[index] ?? ''))), 'as expected', { told, found });
    t.ok(found.some((expected) => expected === AND_WHAT_FOLLOWS) || told.length === found.length, 'and nothing else', { told });
  });

t.test('a leg against, a leg too many, a leg on a closed, frozen or foreign account', async (t) => {
  const story = () => {
    const one = new Story();
    one.open('cash', { kind: 'general-ledger', normalSide: 'debit', currency: 'CNY' });
    for (const name of ['ann', 'bob', 'cid']) one.open(name, { currency: 'CNY' });
    return one.deposit('in', 'ann', 100_00n).deposit('in too', 'bob', 100_00n);
  };
  const codesOf = async (told: Story): Promise<string[]> => (await verifying(await storedLog(told))).findings.map(({ code }) => code);
  t.same(await codesOf(story()), []);
  t.same(await codesOf(story().post('TransferPosted', 'odd', [{ account: 'ann', side: 'debit', minor: 2n }, { account: 'bob', side: 'credit', minor: 1n }])), ['ledger_unbalanced']);
  t.same(await codesOf(story().close('cid').transfer('late', 'ann', 'cid', 1n)), ['account_not_open']);
  t.same(await codesOf(story().freeze('ann', 'full').transfer('to frozen', 'bob', 'ann', 1n)), ['account_not_open']);
  t.same(await codesOf(story().freeze('ann', 'debit-only').transfer('to frozen', 'bob', 'ann', 1n)), [], 'what comes in may');
  t.same(await codesOf(story().freeze('ann', 'debit-only').transfer('from frozen', 'ann', 'bob', 1n)), ['account_not_open']);
  t.same(await codesOf(story().withdraw('too much', 'ann', 100_01n)), ['overdrawn']);
  t.same(await codesOf(story().reverse('back', 'in').reverse('back again', 'in')), ['reversed_twice', 'overdrawn']);
  t.same(await codesOf(story().reverse('back', 'in')), []);
});

t.test('a command of several events, and of several streams, is one command', async (t) => {
  const commandId = randomUUID();
  const claimed = at(await storedLog(twoCustomers()), 'LedgerClaimed');
  const part = (stream: string, revision: number, index: number, position: number): StoredEvent =>
    ({ ...claimed, stream, revision: BigInt(revision), position: BigInt(position), id: eventIdOf(commandId, index), metadata: { ...claimed.metadata, commandId } });
  const codes = async (...events: StoredEvent[]) => (await verifying(events)).findings.map(({ code, where }) => `${code} ${where}`);
  t.same(await codes(part('ledger-0', 0, 0, 1), part('ledger-0', 1, 1, 2), part('ledger-1', 0, 0, 3), part('ledger-2', 0, 0, 4)), []);
  t.same(await codes(part('ledger-0', 0, 0, 1), part('ledger-0', 1, 0, 2)), ['event_id ledger-0/1'], 'the same event within the append');
  const between = at(await storedLog(twoCustomers()), 'BusinessDateOpened');
  for (const first of ['ledger-0', 'ledger-9'])
    t.same(await codes(...(first === 'ledger-9' ? [part('ledger-9', 0, 0, 1)] : []), part('ledger-0', 0, 0, 2), { ...between, revision: 1n, position: 3n }, part('ledger-0', 2, 0, 4)), ['command_twice ledger-0/2'],
      'whichever stream it wrote to first');
});
