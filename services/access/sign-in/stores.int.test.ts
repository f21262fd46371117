import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { createPool } from '../../../shared/read-store/pool.js';
import { freshDatabase, skipUnless } from '../../../shared/testing/parts.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { postgresAttempts } from './postgres-attempts.js';
import { postgresChallenges } from './postgres-challenges.js';
import { postgresCredentials } from './postgres-credentials.js';
import { postgresSessions } from './postgres-sessions.js';
import { attemptsContract } from './testing/attempts-contract.js';
import { challengesContract } from './testing/challenges-contract.js';
import { credentialsContract } from './testing/credentials-contract.js';
import { sessionsContract } from './testing/sessions-contract.js';

const secret = Buffer.alloc(32, 5);

test('the stores of sign-in in Postgres', skipUnless('postgres'), async (t) => {
  const pool = createPool(await freshDatabase(t, 'sign_in'), { applicationName: 'test', max: 8 });
  t.teardown(() => pool.end());
  const vault = createMemoryVault();
  const sessions = await postgresSessions(pool, vault);
  await t.test('sessions', (t) => sessionsContract(t, sessions));
  await t.test('challenges', (t) => challengesContract(t, postgresChallenges(pool)));
  await t.test('attempts', (t) => attemptsContract(t, postgresAttempts({ pool, secret })));
  const { rows } = await pool.query<{ text: string }>(`SELECT row_to_json(s)::text AS text FROM sign_in.sessions s UNION ALL SELECT row_to_json(c)::text FROM sign_in.challenges c`);
  t.ok(rows.length > 0);
  for (const { text } of rows) {
    t.notMatch(text, /pb[rc]_/, 'no token is stored');
    t.notMatch(text, /a browser|192\.0\.2/, 'nor from where somebody came, in clear');
  }
  const [holderId, at] = [randomUUID(), new Date()];
  const opening = await sessions.open({ kind: 'customer', holderId, proofs: ['pwd'], device: 'a browser', place: '192.0.2.1', at });
  t.match(await sessions.list(holderId, at), [{ device: 'a browser', place: '192.0.2.1' }]);
  await vault.erase(holderId);
  t.match(await sessions.list(holderId, at), [{ id: opening.session.id, device: '', place: '' }], 'of whoever is erased it is not known any more');
});

test('credentials in Postgres', skipUnless('postgres'), async (t) => {
  const pool = createPool(await freshDatabase(t, 'credentials'), { applicationName: 'test', max: 8 });
  t.teardown(() => pool.end());
  await t.test('the contract', (t) => credentialsContract(t, async () => {
    const store = await postgresCredentials({ pool, secret });
    await pool.query('DELETE FROM sign_in.credentials');
    return store;
  }));

  await t.test('a row is sealed, opens with its own secret only, and only where it was written', async (t) => {
    const store = await postgresCredentials({ pool, secret });
    const holder = '0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a';
    const [a, b] = [await store.add(holder, { kind: 'totp', secret: 'JBSWY3DPEHPK3PXP', counter: 0, label: 'x' }, new Date()), await store.add(holder, { kind: 'message', label: 'y' }, new Date())];
    const { rows } = await pool.query<{ text: string }>('SELECT row_to_json(c)::text AS text FROM sign_in.credentials c WHERE credential_id = $1', [a]);
    t.notMatch(rows[0]!.text, /JBSWY3DPEHPK3PXP|totp/);
    await t.rejects((await postgresCredentials({ pool, secret: Buffer.alloc(32, 6) })).read([a]));
    await pool.query('UPDATE sign_in.credentials SET envelope = (SELECT envelope FROM sign_in.credentials WHERE credential_id = $1) WHERE credential_id = $2', [a, b]);
    await t.rejects(store.read([b]), 'somebody else\'s row in its place');
    t.match(await store.read([a]), [{ content: { kind: 'totp' } }]);
  });
});
