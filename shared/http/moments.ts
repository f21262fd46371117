import { z } from 'zod';

const MOMENT = new RegExp(`(?:${z.regexes.datetime({ offset: true }).source})|(?:${z.regexes.datetime({ offset: true, precision: -1 }).source})`);
const [FIRST, LAST] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** A moment in ISO 8601 with its offset, seconds or not; of the years that Postgres knows as well. */
export const momentSchema = z
  .string()
  .regex(MOMENT, 'must be an ISO 8601 time with its offset, such as 2025-01-31T08:00:00Z; in a URL a + is written %2B')
  .refine((moment) => !(Date.parse(moment) < FIRST || Date.parse(moment) > LAST), { params: { code: 'out_of_range' }, message: 'must lie in the years 1 to 9999' })
  .meta({ examples: ['2025-01-31T08:00:00Z'] });
