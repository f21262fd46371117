import type { Test } from 'tap';
import { eventually } from '../testing/eventually.js';
import { uniqueName } from '../testing/parts.js';
import type { Cache } from './port.js';

/** What every cache must do while it is well. */
export async function cacheContract(t: Test, cache: Cache): Promise<void> {
  const at = (version: bigint, value = `view of ${version}`) => ({ version, value });
  const minuteMs = 60_000;
  const key = (): string => uniqueName('cache');

  await t.test('what was put is got, with its version, until another takes its place', async (t) => {
    const here = key();
    t.equal(await cache.get(here), undefined);
    await cache.put(here, at(3n, '{"name":"王小明: \\n"}'), minuteMs);
    t.same(await cache.get(here), at(3n, '{"name":"王小明: \\n"}'));
    await cache.put(here, at(4n, ''), minuteMs);
    t.same(await cache.get(here), at(4n, ''));
    await cache.put(here, at(4n, 'line\nline'), minuteMs);
    t.same(await cache.get(here), at(4n, 'line\nline'), 'the same version again');
  });

  await t.test('a late fill of an older version is refused', async (t) => {
    const here = key();
    await cache.put(here, at(5n), minuteMs);
    await cache.put(here, at(4n), minuteMs);
    t.same(await cache.get(here), at(5n));
  });

  await t.test('versions compare as numbers of any size', async (t) => {
    for (const [older, newer] of [[9n, 10n], [99n, 100n], [2n ** 53n, 2n ** 53n + 1n], [9_223_372_036_854_775_806n, 9_223_372_036_854_775_807n], [0n, 1n]] as const) {
      const [a, b] = [key(), key()];
      await cache.put(a, at(newer), minuteMs);
      await cache.put(a, at(older), minuteMs);
      t.same(await cache.get(a), at(newer), `${older} after ${newer}`);
      await cache.put(b, at(older), minuteMs);
      await cache.put(b, at(newer), minuteMs);
      t.same(await cache.get(b), at(newer), `${newer} after ${older}`);
    }
  });

  await t.test('an invalidated view is gone, and only its new version or a later one comes in', async (t) => {
    const [here, later, untouched] = [key(), key(), key()];
    await cache.put(here, at(4n), minuteMs);
    await cache.put(later, at(9n), minuteMs);
    await cache.put(untouched, at(1n), minuteMs);
    t.equal(await cache.invalidate([{ key: here, version: 5n }, { key: later, version: 5n }]), true);
    t.equal(await cache.get(here), undefined);
    t.same(await cache.get(later), at(9n), 'what is newer stays');
    t.same(await cache.get(untouched), at(1n));
    await cache.put(here, at(4n), minuteMs);
    t.equal(await cache.get(here), undefined, 'the slow reader\'s fill');
    await cache.put(here, at(5n), minuteMs);
    t.same(await cache.get(here), at(5n));
  });

  await t.test('what was never cached can be invalidated: a reader under way is refused', async (t) => {
    const here = key();
    t.equal(await cache.invalidate([]), true);
    await cache.invalidate([{ key: here, version: 7n }]);
    await cache.invalidate([{ key: here, version: 6n }]);
    await cache.put(here, at(6n), minuteMs);
    t.equal(await cache.get(here), undefined);
    await cache.put(here, at(8n), minuteMs);
    t.same(await cache.get(here), at(8n));
  });

  await t.test('a view lasts as long as it was put for', async (t) => {
    const [short, long] = [key(), key()];
    await cache.put(long, at(1n), minuteMs);
    await cache.put(short, at(1n), 40);
    await eventually(async () => (await cache.get(short)) === undefined, { deadlineMs: 2_000, everyMs: 5 });
    t.same(await cache.get(long), at(1n));
  });
}
