import t from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { createCodec } from '../../shared/events/codec.js';
import { metadataOf, movesMoney } from './event-metadata.js';
import { metadataBound, sizeBound } from './event-size.js';
import { BEN, Books, NOW, idOf, money } from './ledger-fixture.js';
import type { ShardContext } from './waiting.js';

const context: ShardContext = {
  commandId: idOf('command'), commandHash: 'a'.repeat(64), repeatable: true, correlationId: 'r'.repeat(36), causationId: idOf('cause'), traceparent: 't'.repeat(55),
  actor: { id: '柜员一', role: 'teller', branch: 'HQ', channel: 'card-network' }, approver: { id: 'chief', role: 'approver', channel: 'counter' },
};

t.test('the bound is never less than the bytes, and not half as much again for a transfer', async (t) => {
  const books = Books.founded();
  const a = books.account('a', '9999999999999.99');
  const b = books.account('b', '1.00', 'CNY', 'demand-savings', BEN);
  const reason = '法'.repeat(200);
  books.must({ kind: 'transfer', from: a, to: b, money: money('9999999999998.00') }, 'plain');
  books.must({ kind: 'transfer', from: b, to: a, money: money('5.00'), memo: '"备\u0001😀'.repeat(28) }, 'memo');
  books.must({ kind: 'reverse', movementId: idOf('memo'), reason }, 'reversal', NOW);
  books.must({ kind: 'place-hold', accountId: b, money: money('2.00'), to: a, expiresAt: '2027-01-01T00:00:00.000Z', memo: '备'.repeat(140) }, 'hold');
  books.must({ kind: 'capture-hold', holdId: idOf('hold'), money: money('1.00'), memo: 'x' }, 'capture');
  books.must({ kind: 'change-holders', accountId: a, holders: Array.from({ length: 19 }, (_, n) => ({ customerId: idOf(`p${n}`), role: 'legal-representative' as const })), reason }, 'holders');
  books.must({ kind: 'freeze', accountId: a, mode: 'debit-only', reason }, 'freeze');
  books.must({ kind: 'unfreeze', accountId: a, reason }, 'unfreeze');
  const codec = createCodec(createMemoryVault());
  for (const event of books.events) {
    const metadata = { ...metadataOf(context, new Date(NOW).toISOString(), movesMoney(event) ? {} : undefined, '2026-03-02'), groupEnd: 9_999_999_999 };
    const [sealed] = await codec.seal([{ id: idOf('event'), event, metadata }]);
    const bytes = Buffer.byteLength(JSON.stringify(sealed!.data)) + Buffer.byteLength(JSON.stringify(sealed!.metadata));
    const bound = sizeBound(event) + metadataBound(context);
    t.ok(bound >= bytes, `${event.type}: ${bytes} within ${bound}`);
    if (event.type === 'TransferPosted') t.ok(bound < bytes * 1.5, `${bound} for ${bytes}`);
  }
});
