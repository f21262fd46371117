import { idOf, Story } from './story.js';

export const ANN = idOf('Ann');
export const BOB = idOf('Bob');

/** A small story that has every event of the ledger in it: three days, two currencies, one movement booked back, one reversed. */
export function twoCustomers(): Story {
  const story = new Story().at('2026-03-01T09:00:00.000Z');
  story.tell({ type: 'LedgerFounded', data: { shard: 0, shards: 1, timeZone: 'Asia/Shanghai' } });
  story.tell({ type: 'LedgerClaimed', data: { shard: 0, part: 1, parts: 1 } });
  story.tell({ type: 'BusinessDateOpened', data: { businessDate: '2026-03-01' } });
  story.open('cash', { kind: 'general-ledger', normalSide: 'debit', currency: 'CNY' });
  story.open('cash-jpy', { kind: 'general-ledger', normalSide: 'debit', currency: 'JPY', product: 'gl-cash' });
  story.open('fees', { kind: 'general-ledger', currency: 'CNY' });
  story.open('ann', { currency: 'CNY', customerId: ANN, holders: [{ customerId: ANN, role: 'owner' }], branch: '0101' });
  story.open('bob', {
    currency: 'CNY', customerId: BOB, holders: [{ customerId: BOB, role: 'owner' }], product: 'current-overdraft', overdraftLimit: { amount: '100.00', currency: 'CNY' },
  });
  story.open('ann-jpy', { currency: 'JPY', customerId: ANN });
  story.at('2026-03-01T09:00:30.500Z').deposit('pay-in', 'ann', 100_00n, 'first wages');
  story.at('2026-03-01T09:01:00.000Z').transfer('rent', 'ann', 'bob', 30_00n, 'rent March');
  story.at('2026-03-02T10:00:00.000Z').post('TransferPosted', 'with-fee', [
    { account: 'ann', side: 'debit', minor: 11_00n, memo: 'express' }, { account: 'bob', side: 'credit', minor: 10_00n }, { account: 'fees', side: 'credit', minor: 1_00n },
  ]);
  story.post('DepositPosted', 'yen', [{ account: 'cash-jpy', side: 'debit', minor: 500n }, { account: 'ann-jpy', side: 'credit', minor: 500n }]);
  story.at('2026-03-02T10:00:10.000Z').hold('hotel', 'ann', 20_00n, { expiresAt: '2026-03-09T00:00:00Z', memo: 'hotel Yangzi', to: 'bob' });
  story.hold('taxi', 'ann', 5_00n);
  story.hold('petrol', 'bob', 7_00n);
  story.at('2026-03-02T11:00:00.000Z').capture('checked-out', 'hotel', 15_00n, 'bob');
  story.release('taxi', 'expired');
  story.at('2026-03-03T08:00:00.000Z').reverse('undo-rent', 'rent');
  story.at('2026-03-03T08:00:01.000Z', '2026-02-28').withdraw('late', 'ann', 4_00n);
  story.at('2026-03-03T08:00:02.000Z').freeze('ann', 'debit-only').freeze('bob', 'full').unfreeze('bob');
  story.changeHolders('ann', [{ customerId: ANN, role: 'owner' }, { customerId: BOB, role: 'attorney' }]);
  story.tell({ type: 'TransferBatchReceived', data: { batchId: idOf('batch'), atomic: false, lines: 2 } });
  story.post('WithdrawalPosted', 'yen-out', [{ account: 'ann-jpy', side: 'debit', minor: 500n }, { account: 'cash-jpy', side: 'credit', minor: 500n }]);
  return story.close('ann-jpy');
}
