import t from 'tap';
import { momentSchema } from './moments.js';

t.test('moments with their offset, seconds or not', async (t) => {
  for (const good of ['2025-01-31T12:00Z', '2025-01-31T12:00:00Z', '2025-01-31T12:00:00.123456+08:00', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])
    t.ok(momentSchema.safeParse(good).success, good);
  for (const bad of ['2025-01-31', '2025-01-31T12:00:00', '2025-02-30T12:00:00Z', '2025-01-31T12:00:00 08:00', '2025-01-31T12:00Zx', 'x2025-01-31T12:00Z', 'now'])
    t.match(momentSchema.safeParse(bad).error?.issues, [{ code: 'invalid_format', message: /%2B/ }], bad);
  for (const far of ['0000-12-31T23:59:59Z', '9999-12-31T23:59:59-14:00', '0001-01-01T00:00:00+01:00'])
    t.match(momentSchema.safeParse(far).error?.issues, [{ code: 'custom', params: { code: 'out_of_range' } }], far);
});
