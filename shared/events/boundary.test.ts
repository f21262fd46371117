import t from 'tap';
import { checkSealed } from './boundary.js';
import { fixtureMetadata as metadata, fixtures } from './fixtures.js';

const envelope = { keyId: 'k', iv: 'AAAA', ct: 'AAAA' };
const frozen = fixtures.find(({ name }) => name === 'AccountFrozen.v1.json')!.data;
const deposit = fixtures.find(({ name }) => name === 'DepositPosted.v1.json')!.data as { legs: Record<string, unknown>[] };
const sealedDeposit = { ...deposit, legs: [deposit.legs[0], { ...deposit.legs[1], memo: envelope }] };

t.test('a date or time outside the years 1 to 9999 is a fault', (t) => {
  t.match(checkSealed('DepositPosted', 1, sealedDeposit, { ...metadata, bookingDate: '0000-01-01' }), [/^metadata\/bookingDate must NOT be valid/]);
  t.match(checkSealed('BusinessDateOpened', 1, { businessDate: '0000-01-01' }, metadata), [/^data\/businessDate must NOT be valid/]);
  t.same(checkSealed('BusinessDateOpened', 1, { businessDate: '0001-01-01' }, metadata), []);
  t.same(checkSealed('BusinessDateOpened', 1, { businessDate: '9999-12-31' }, metadata), []);
  t.end();
});

t.test('a sealed event in order has no faults', async (t) => {
  t.same(checkSealed('AccountFrozen', 1, frozen, metadata), []);
  t.same(checkSealed('DepositPosted', 1, sealedDeposit, metadata), []);
  t.same(checkSealed('DepositPosted', 1, sealedDeposit, { ...metadata, groupEnd: 4, addedByTracing: 'x' }), []);
});

t.test('every fault is named by place, at once, without the value', async (t) => {
  t.same(checkSealed('AccountFrozen', 1, { ...frozen, accountId: '李小龙', mode: 'none', extra: 1 }, { ...metadata, recordedAt: 'yesterday', commandId: undefined }), [
    'data must NOT have additional properties (extra)',
    'data/accountId must match pattern "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"',
    'data/mode must be equal to one of the allowed values',
    'metadata must have required property \'commandId\'',
    checkSealed('AccountFrozen', 1, frozen, { ...metadata, recordedAt: 'yesterday' })[0],
  ]);
  t.match(checkSealed('AccountFrozen', 1, frozen, { ...metadata, recordedAt: 'yesterday' }), [/^metadata\/recordedAt must match pattern/]);
});

t.test('a personal value in clear, or an open "erased", is a fault', async (t) => {
  t.same(checkSealed('DepositPosted', 1, deposit, metadata), ['data/legs/1/memo must be object']);
  t.same(checkSealed('DepositPosted', 1, { ...deposit, legs: [deposit.legs[0], { ...deposit.legs[1], memo: 'erased' }] }, metadata), ['data/legs/1/memo must be object']);
  t.same(checkSealed('DepositPosted', 1, { ...deposit, legs: [deposit.legs[0], { ...deposit.legs[1], memo: { ...envelope, hint: '工资' } }] }, metadata), [
    'data/legs/1/memo must NOT have additional properties (hint)',
  ]);
});

t.test('what is not an event of this bank', async (t) => {
  t.same(checkSealed('MoneyPrinted', 1, {}, metadata), ['unknown event type MoneyPrinted']);
  t.same(checkSealed('AccountFrozen', 3, frozen, { ...metadata, schemaVersion: 3 }), ['AccountFrozen has no version 3']);
  t.same(checkSealed('AccountFrozen', 0, frozen, metadata), ['AccountFrozen has no version 0']);
  t.same(checkSealed('AccountFrozen', 1, frozen, { ...metadata, schemaVersion: 2 }), ['metadata/schemaVersion is not 1']);
  for (const nonsense of [null, undefined, 'x', 1, []]) t.same(checkSealed('AccountFrozen', 1, nonsense, metadata), ['data must be object'], String(nonsense));
  t.same(checkSealed('AccountFrozen', 1, frozen, null), ['metadata must be object']);
});
