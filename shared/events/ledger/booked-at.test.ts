import fc from 'fast-check';
import { test } from 'tap';
import { localDate } from '../../kernel/calendar.js';
import { seed } from '../../testing/seed.js';
import { bookedAt } from './booked-at.js';

const at = (recordedAt: string, bookingDate: string | undefined, timeZone: string): string => bookedAt({ recordedAt, ...(bookingDate !== undefined && { bookingDate }) }, timeZone).toISOString();

test('what is booked on the day it is recorded is booked at that moment', async (t) => {
  t.equal(at('2026-03-02T01:02:03.004Z', '2026-03-02', 'Asia/Shanghai'), '2026-03-02T01:02:03.004Z');
  t.equal(at('2026-03-01T16:00:00.000Z', '2026-03-02', 'Asia/Shanghai'), '2026-03-01T16:00:00.000Z', 'the first moment of that day there');
  t.equal(at('2026-03-02T01:02:03.004Z', undefined, 'Asia/Shanghai'), '2026-03-02T01:02:03.004Z');
});

test('what is booked on another day is booked with that day\'s first moment in the bank\'s time zone', async (t) => {
  t.equal(at('2026-11-23T10:00:00.000Z', '1997-12-01', 'Europe/Prague'), '1997-11-30T23:00:00.000Z');
  t.equal(at('2026-11-23T10:00:00.000Z', '1997-07-01', 'Europe/Prague'), '1997-06-30T22:00:00.000Z', 'in summer');
  t.equal(at('2026-03-01T15:59:59.999Z', '2026-03-02', 'Asia/Shanghai'), '2026-03-01T16:00:00.000Z', 'a booking date that is not yet');
  t.equal(at('2026-03-01T16:30:00.000Z', '2026-03-01', 'Asia/Shanghai'), '2026-02-28T16:00:00.000Z', 'just after midnight, for the day before');
});

test('where a clock is put forward at midnight the day begins at one, and where it is put back it begins once', async (t) => {
  t.equal(at('2026-01-01T00:00:00.000Z', '2018-11-04', 'America/Sao_Paulo'), '2018-11-04T03:00:00.000Z');
  t.equal(at('2026-01-01T00:00:00.000Z', '2018-02-18', 'America/Sao_Paulo'), '2018-02-18T03:00:00.000Z', 'its 23rd hour comes twice on the day before');
  t.equal(at('2026-01-01T00:00:00.000Z', '2021-10-31', 'Europe/Prague'), '2021-10-30T22:00:00.000Z');
  t.equal(at('2026-01-01T00:00:00.000Z', '2011-12-30', 'Pacific/Apia'), '2011-12-30T10:00:00.000Z', 'a day that was left out');
});

test(`booked on its booking date, and never before that date began, seed ${seed}`, async (t) => {
  const zones = fc.constantFrom('UTC', 'Asia/Shanghai', 'Europe/Prague', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Africa/Cairo', 'Asia/Beirut', 'America/New_York', 'Pacific/Kiritimati');
  const moments = fc.date({ min: new Date('1970-01-03'), max: new Date('2099-12-30'), noInvalidDate: true });
  fc.assert(
    fc.property(zones, moments, fc.oneof(moments, fc.constant(undefined)), (timeZone, recorded, booked) => {
      const bookingDate = localDate(timeZone, booked ?? recorded);
      const result = bookedAt({ recordedAt: recorded.toISOString(), bookingDate }, timeZone);
      // Kiritimati left out the first day of 1995.
      if (localDate(timeZone, result) !== bookingDate) return timeZone === 'Pacific/Kiritimati';
      return localDate(timeZone, recorded) === bookingDate ? result.getTime() === recorded.getTime() : localDate(timeZone, result.getTime() - 1) < bookingDate;
    }),
    { seed, numRuns: 500 },
  );
  t.pass('held');
});
