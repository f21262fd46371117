import t from 'tap';
import { auditAnswers, auditTransfers, type Attempt } from './transfer-history.js';

const answered = (id: string): Attempt => ({ key: `key-${id}`, from: 'a', to: 'b', minor: 5n, outcome: { kind: 'answered', id, position: 1n } });
const opening = new Map([['a', 100n], ['b', 0n]]);
const logged = (id: string) => ({ id, from: 'a', to: 'b', minor: 5n });

t.test('finds nothing where every answer is stored once', async (t) => {
  t.same(auditTransfers([answered('1')], [logged('1')], opening, new Map([['a', 95n], ['b', 5n]])), []);
});

t.test('an unknown outcome may be stored or not', async (t) => {
  const unknown: Attempt = { ...answered('2'), outcome: { kind: 'unknown' } };
  t.same(auditTransfers([unknown], [], opening, opening), []);
  t.same(auditTransfers([unknown], [logged('2')], opening, new Map([['a', 95n], ['b', 5n]])), []);
});

t.test('finds each kind of damage', async (t) => {
  t.match(auditTransfers([answered('1')], [], opening, opening), [/in the log 0 times/]);
  t.match(auditTransfers([answered('1')], [logged('1'), logged('1')], opening, new Map([['a', 90n], ['b', 10n]])), [/in the log 2 times/]);
  t.match(auditTransfers([], [logged('9')], opening, new Map([['a', 95n], ['b', 5n]])), [/1 transfers are in the log that nobody was answered/]);
  t.match(auditTransfers([answered('1')], [{ ...logged('1'), minor: 6n }], opening, new Map([['a', 94n], ['b', 6n]])), [/not stored as it was asked/]);
  t.match(auditTransfers([answered('1')], [logged('1')], opening, new Map([['a', 95n], ['b', 4n]])), [/account b shows 4, the log makes it 5/]);
});

t.test('a repeated key has the answer it had', async (t) => {
  t.same(auditAnswers([answered('1'), answered('1')], [logged('1')]), []);
  t.match(auditAnswers([answered('1'), { ...answered('2'), key: 'key-1' }], [logged('1'), logged('2')]), [/key key-1 was answered with two transfers, 1 and 2/]);
  t.match(auditAnswers([answered('1'), { ...answered('1'), key: 'another' }], [logged('1')]), [/keys key-1 and another were answered with one transfer, 1/]);
  t.match(auditAnswers([answered('1'), answered('2')], [logged('1')]), [/answered transfer 2 .* is in the log 0 times/], 'and a lost one is found');
});
