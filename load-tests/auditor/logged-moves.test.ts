import t from 'tap';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { auditAnswers, type Attempt } from '../transfer-history.js';
import { ledgerRevision, loggedAfter } from './logged-moves.js';

const leg = (accountId: string, side: 'debit' | 'credit', amount = '0.01', customerId: string | undefined = `owner of ${accountId}`) =>
  ({ accountId, side, money: { amount, currency: 'CNY' }, balanceAfter: { amount: '1.00', currency: 'CNY' }, ...(customerId !== undefined && { customerId }) });

async function logOf(...events: { type: string; data: object }[]) {
  const log = memoryEventStore();
  await log.append('ledger-0', [{ type: 'LedgerFounded', data: {} }, ...events].map((event, index) => ({ id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`, metadata: {}, ...event })), 'no-stream');
  return log;
}

const transfer = (movementId: string) => ({ type: 'TransferPosted', data: { movementId, legs: [leg('a', 'debit'), leg('b', 'credit')] } });
const answered = (id: string): Attempt => ({ key: `key ${id}`, from: 'a', to: 'b', minor: 1n, outcome: { kind: 'answered', id, position: 1n } });

t.test('what stands before belongs to nobody, what the ledger does by itself is left out', async (t) => {
  const log = await logOf(transfer('1'), { type: 'BusinessDateOpened', data: {} }, { type: 'TransferBatchReceived', data: {} }, transfer('2'));
  t.equal(await ledgerRevision(log), 4n);
  t.same(await loggedAfter(log, 1n), { moves: [{ id: '2', from: 'a', to: 'b', minor: 1n }], differences: [] });
});

t.test('every kind of move', async (t) => {
  const { moves, differences } = await loggedAfter(await logOf(
    { type: 'DepositPosted', data: { movementId: '1', legs: [{ ...leg('cash', 'debit'), customerId: undefined }, leg('b', 'credit')] } },
    { type: 'HoldPlaced', data: { holdId: '2', accountId: 'a', money: { amount: '0.01', currency: 'CNY' } } },
    { type: 'HoldCaptured', data: { movementId: '3', legs: [leg('a', 'debit'), leg('b', 'credit')] } },
  ), 0n);
  t.same(moves, [{ id: '1', from: 'bank', to: 'b', minor: 1n }, { id: '2', from: 'a', to: 'hold', minor: 1n }, { id: '3', from: 'a', to: 'b', minor: 1n }]);
  t.same(differences, []);
});

t.test('a lost answer, one stored twice, and what nobody asked for are found', async (t) => {
  const differences = async (attempts: Attempt[], ...events: { type: string; data: object }[]) => {
    const found = await loggedAfter(await logOf(...events), 0n);
    return [...found.differences, ...auditAnswers(attempts, found.moves)];
  };
  t.same(await differences([answered('1')], transfer('1')), [], 'control');
  t.match(await differences([answered('1')]), [/answered transfer 1 \(key key 1\) is in the log 0 times/]);
  t.match(await differences([answered('1')], transfer('1'), transfer('1')), [/is in the log 2 times/]);
  t.match(await differences([answered('1')], transfer('1'), transfer('2')), [/1 transfers are in the log that nobody was answered/]);
  t.match(await differences([], { type: 'AccountClosed', data: {} }), [/AccountClosed at revision 1: nobody asked for it/]);
  t.match(await differences([], { type: 'TransferPosted', data: { movementId: '1', legs: [leg('a', 'debit'), leg('b', 'credit', '0.02')] } }), [/has 2 legs that sum to 1/]);
});
