import t from 'tap';
import { identityOf } from '../../services/customers/identity.js';
import { normalProfile } from '../../services/customers/validation/normal-profile.js';
import { profileFaults } from '../../services/customers/validation/profile-faults.js';
import { profileSchema } from '../../shared/events/customers/profile.js';
import { personOf } from './made-up-people.js';

const numbers = [...Array.from({ length: 500 }, (_, n) => n), 21_999, 22_000, 175_999, 176_000, 1_999_999, 3_500_001];

t.test('made-up people pass what a registration checks, in the form that one stores', async (t) => {
  for (const n of numbers) {
    const { profile } = personOf(n);
    t.strictSame(profileSchema.parse(profile), profile);
    t.same(profileFaults(profile, '2026-01-01'), [], JSON.stringify(profile));
    t.strictSame(normalProfile(profile), profile);
  }
});

t.test('no two have one document, and the same number is the same person', async (t) => {
  t.equal(new Set(numbers.map((n) => identityOf(personOf(n).profile))).size, numbers.length);
  t.strictSame(personOf(7), personOf(7));
});
