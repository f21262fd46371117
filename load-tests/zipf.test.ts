import t from 'tap';
import { seededRandom } from './seeded-random.js';
import { zipfRanks } from './zipf.js';

t.test('ranks are drawn as often as Zipf\'s law says', async (t) => {
  const [count, draws] = [100, 200_000];
  const rank = zipfRanks(count, seededRandom(1));
  const seen = new Array<number>(count).fill(0);
  for (let draw = 0; draw < draws; draw++) seen[rank()]!++;
  const total = Array.from({ length: count }, (_, index) => 1 / (index + 1)).reduce((sum, share) => sum + share, 0);
  for (const index of [0, 1, 9, 49, 99]) {
    const expected = draws / (index + 1) / total;
    t.ok(Math.abs(seen[index]! - expected) < 5 * Math.sqrt(expected), `rank ${index}: ${seen[index]} of ${expected.toFixed(0)}`);
  }
});
