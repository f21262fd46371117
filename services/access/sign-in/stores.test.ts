import t from 'tap';
import { sweepOrphans } from './orphaned-credentials.js';
import { attemptsContract } from './testing/attempts-contract.js';
import { challengesContract } from './testing/challenges-contract.js';
import { credentialsContract } from './testing/credentials-contract.js';
import { memoryAttempts } from './testing/memory-attempts.js';
import { memoryChallenges } from './testing/memory-challenges.js';
import { memoryCredentials } from './testing/memory-credentials.js';
import { memorySessions } from './testing/memory-sessions.js';
import { sessionsContract } from './testing/sessions-contract.js';
import { sourceOf } from '../../../shared/http/source-address.js';

t.test('credentials in memory', (t) => credentialsContract(t, async () => memoryCredentials()));
t.test('sessions in memory', (t) => sessionsContract(t, memorySessions()));
t.test('challenges in memory', (t) => challengesContract(t, memoryChallenges()));
t.test('attempts in memory', (t) => attemptsContract(t, memoryAttempts()));

t.test('rows that no event names are swept once they are old', async (t) => {
  const credentials = memoryCredentials();
  const at = new Date('2025-03-01T08:00:00.000Z');
  const [named, orphan, stranger] = [
    await credentials.add('a', { kind: 'message', label: '' }, at), await credentials.add('a', { kind: 'message', label: '' }, at), await credentials.add('b', { kind: 'message', label: '' }, at),
  ];
  const young = await credentials.add('a', { kind: 'message', label: '' }, new Date(at.getTime() + 1));
  const inForce = async (holder: string) => new Set(holder === 'a' ? [named] : []);
  t.equal(await sweepOrphans(credentials, inForce, at), 0);
  t.equal(await sweepOrphans(credentials, inForce, new Date(at.getTime() + 3_600_001)), 2);
  t.strictSame((await credentials.read([named, orphan, stranger, young])).map(({ id }) => id).sort(), [named, young].sort());
});

t.test('the address that attempts are counted by', async (t) => {
  t.equal(sourceOf('192.0.2.1'), '192.0.2.1');
  t.equal(sourceOf('::ffff:192.0.2.1'), '192.0.2.1');
  t.equal(sourceOf('2001:DB8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  t.equal(sourceOf('2001:0db8:1:2::9'), '2001:db8:1:2::/64');
  t.equal(sourceOf('::1'), '0:0:0:0::/64');
  t.equal(sourceOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
});
