import t from 'tap';
import { eventually } from '../testing/eventually.js';
import { startRounds } from './rounds.js';

t.test('a round at once and others after it, never two at a time, until it is stopped', async (t) => {
  const open: (() => void)[] = [];
  let begun = 0;
  const rounds = startRounds(() => new Promise<void>((resolve) => { begun++; open.push(resolve); }), 1);
  t.equal(begun, 1);
  const asked = rounds.round();
  t.equal(begun, 1, 'asked for meanwhile: the one under way');
  open.pop()!();
  await asked;
  await eventually(() => begun === 2, { deadlineMs: 5_000 });
  let ended = false;
  const stopped = rounds.stop().then(() => (ended = true));
  await new Promise<void>((resolve) => void setImmediate(resolve));
  t.notOk(ended, 'stopping waits for the round under way');
  open.pop()!();
  await stopped;
  t.equal(begun, 2);
});
