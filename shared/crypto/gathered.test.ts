import t from 'tap';
import { Gathered } from './gathered.js';

t.test('what is asked while a question is under way goes out as one', async (t) => {
  const asked: string[][] = [];
  const answering: (() => void)[] = [];
  const gathered = new Gathered(async (names: readonly string[]) => {
    asked.push([...names]);
    await new Promise<void>((resolve) => answering.push(resolve));
    if (names.includes('bad')) throw new Error('refused');
    return new Map(names.map((name) => [name, name.toUpperCase()]));
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const first = gathered.answersTo(['a']);
  await turn();
  const [second, third] = [gathered.answersTo(['b', 'c']), gathered.answersTo(['c', 'a'])];
  await turn();
  t.same(asked, [['a']], 'one at a time');
  answering[0]!();
  t.same((await first).get('a'), 'A');
  await turn();
  t.same(asked, [['a'], ['b', 'c', 'a']], 'asked again: an answer from before may be stale');
  answering[1]!();
  t.same([(await second).get('c'), (await third).get('c')], ['C', 'C']);

  const [failing, alongside] = [gathered.answersTo(['bad']), gathered.answersTo(['d'])];
  await turn();
  answering[2]!();
  await t.rejects(failing, { message: 'refused' });
  await t.rejects(alongside, { message: 'refused' });
  const after = gathered.answersTo(['e']);
  await turn();
  answering[3]!();
  t.same((await after).get('e'), 'E', 'a failure does not stop what comes after');
});
