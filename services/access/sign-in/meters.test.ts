import t from 'tap';
import { signInBank } from './testing/sign-in-bank.js';

t.test('what happens is counted, by kind of people, and names nobody', async (t) => {
  const bank = await signInBank();
  await bank.hire('li.wei');
  await bank.signIn('li.wei');
  const { body } = await bank.signIn('li.wei');
  await bank.post('/v1/sign-out', undefined, body.accessToken);
  for (let n = 0; n < 4; n++) await bank.signIn(n < 2 ? 'li.wei' : 'nobody.there', 'wrong');
  for (let n = 0; n < 3; n++) await bank.signIn('li.wei', 'wrong');
  const { text } = await bank.metrics.page();
  for (const line of [
    'bank_sign_ins_total{people="staff",proofs="pwd"} 2', 'bank_sign_in_failures_total{people="staff",reason="pwd"} 5', 'bank_sign_in_failures_total{people="staff",reason="too_many_attempts"} 2',
    'bank_sessions_ended_total{people="staff",why="signed-out"} 1', 'bank_sessions{people="staff"} 1', 'bank_sessions{people="customer"} 0',
  ]) t.ok(text.includes(line), line);
  t.notMatch(text, /li\.wei|nobody\.there/);
});
