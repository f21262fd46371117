import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { SESSION_IDLES_MS, SESSION_LASTS_MS, type Sessions } from '../sessions.js';

const MINUTE_MS = 60_000;

/** What every store of sessions keeps to. */
export async function sessionsContract(t: Test, sessions: Sessions): Promise<void> {
  const start = new Date('2025-03-01T08:00:00.000Z').getTime();
  const after = (ms: number): Date => new Date(start + ms);
  const open = (holderId = randomUUID(), ms = 0) => sessions.open({ kind: 'staff', holderId, proofs: ['pwd', 'otp'], device: 'a browser', place: '192.0.2.1', at: after(ms) });
  const refresh = (token: string, ms: number) => sessions.refresh(token, { kind: 'staff', place: '192.0.2.2', at: after(ms) });

  await t.test('a session is opened, seen and found', async (t) => {
    const { session, refreshToken } = await open();
    t.match(refreshToken, /^pbr_[\w-]{43}$/);
    t.strictSame(session, {
      id: session.id, kind: 'staff', holderId: session.holderId, proofs: ['pwd', 'otp'], device: 'a browser', place: '192.0.2.1', openedAt: after(0), lastUsedAt: after(0), expiresAt: after(SESSION_LASTS_MS),
    });
    t.strictSame(await sessions.list(session.holderId, after(1)), [session]);
    t.strictSame(await sessions.find(session.id, after(1)), session);
    t.strictSame(await sessions.list(randomUUID(), after(1)), []);
    await sessions.addProof(session.id, 'hwk');
    await sessions.addProof(session.id, 'hwk');
    t.strictSame((await sessions.find(session.id, after(1)))?.proofs, ['pwd', 'otp', 'hwk']);
  });

  await t.test('a token is exchanged once; shown again it ends the family', async (t) => {
    const { session, refreshToken: first } = await open();
    const second = await refresh(first, MINUTE_MS);
    t.match(second, { outcome: 'refreshed', session: { id: session.id, place: '192.0.2.2', lastUsedAt: after(MINUTE_MS), openedAt: after(0) } });
    const third = await refresh((second as { refreshToken: string }).refreshToken, 2 * MINUTE_MS);
    t.equal(third.outcome, 'refreshed');
    t.match(await refresh(first, 3 * MINUTE_MS), { outcome: 'reused', session: { id: session.id }, wasLive: true });
    t.match(await refresh((third as { refreshToken: string }).refreshToken, 3 * MINUTE_MS), { outcome: 'refused' }, 'the newest is worth nothing any more');
    t.match(await refresh(first, 3 * MINUTE_MS), { outcome: 'reused', wasLive: false });
    t.equal(await sessions.find(session.id, after(3 * MINUTE_MS)), undefined);
    t.ok((await sessions.revokedSince(after(2 * MINUTE_MS))).includes(session.id));
    t.notOk((await sessions.revokedSince(after(3 * MINUTE_MS))).includes(session.id));
  });

  await t.test('of two who show one token at once, one is refreshed and the session ends', async (t) => {
    const { session, refreshToken } = await open();
    const outcomes = (await Promise.all([refresh(refreshToken, 1), refresh(refreshToken, 1)])).map(({ outcome }) => outcome).sort();
    t.strictSame(outcomes, ['refreshed', 'reused']);
    t.equal(await sessions.find(session.id, after(2)), undefined);
  });

  await t.test('what was never given out is refused and ends nothing', async (t) => {
    const { session } = await open();
    t.strictSame(await refresh(`pbr_${session.id}`, 1), { outcome: 'refused' });
    t.ok(await sessions.find(session.id, after(2)));
  });

  await t.test('a token opens the door of its own kind of people alone', async (t) => {
    const { session, refreshToken } = await sessions.open({ kind: 'customer', holderId: randomUUID(), proofs: ['pwd'], device: '', place: '', at: after(0) });
    t.equal(session.kind, 'customer');
    t.strictSame(await refresh(refreshToken, 1), { outcome: 'refused' });
    t.match(await sessions.refresh(refreshToken, { kind: 'customer', place: '', at: after(1) }), { outcome: 'refreshed', session: { kind: 'customer' } }, 'and is not spent elsewhere');
  });

  await t.test('unused or old it ends', async (t) => {
    const idle = await open();
    t.ok(await sessions.find(idle.session.id, after(SESSION_IDLES_MS - 1)));
    t.equal(await sessions.find(idle.session.id, after(SESSION_IDLES_MS)), undefined);
    t.strictSame(await refresh(idle.refreshToken, SESSION_IDLES_MS), { outcome: 'refused' });
    let { session, refreshToken } = await open();
    let ms = 0;
    for (; ms < SESSION_LASTS_MS - SESSION_IDLES_MS; ms += SESSION_IDLES_MS / 2) {
      const next = await refresh(refreshToken, ms);
      if (next.outcome !== 'refreshed') return t.fail(`${next.outcome} after ${ms} ms`);
      ({ session, refreshToken } = next);
    }
    while (ms < SESSION_LASTS_MS) {
      const next = await refresh(refreshToken, ms);
      if (next.outcome !== 'refreshed') return t.fail(`${next.outcome} after ${ms} ms`);
      ({ session, refreshToken } = next);
      ms += SESSION_IDLES_MS / 2;
    }
    t.strictSame(await refresh(refreshToken, SESSION_LASTS_MS), { outcome: 'refused' }, 'however much it is used');
    await sessions.sweep(after(SESSION_LASTS_MS + 3_600_000));
    t.equal(await sessions.find(session.id, after(0)), undefined);
  });

  await t.test('a second factor is proved again within it, and stays with its tokens', async (t) => {
    const { session, refreshToken } = await open();
    t.match(await sessions.stepUp(session.id, 'hwk', after(MINUTE_MS)), { id: session.id, proofs: ['pwd', 'otp', 'hwk'], steppedUpAt: after(MINUTE_MS), openedAt: after(0) });
    t.match(await refresh(refreshToken, 2 * MINUTE_MS), { session: { steppedUpAt: after(MINUTE_MS) } });
    await sessions.revoke({ holderId: session.holderId }, 'signed-out', after(3 * MINUTE_MS));
    t.equal(await sessions.stepUp(session.id, 'hwk', after(3 * MINUTE_MS)), undefined, 'not in one that has ended');
    t.equal(await sessions.stepUp(randomUUID(), 'hwk', after(1)), undefined);
  });

  await t.test('live ones are counted by kind', async (t) => {
    const year = 365 * 24 * 60 * MINUTE_MS;
    const { session } = await open(randomUUID(), year);
    await open(randomUUID(), year);
    await sessions.revoke({ holderId: session.holderId }, 'signed-out', after(year));
    t.strictSame((await sessions.count(after(year + 1))).sort((a, b) => (a.kind < b.kind ? -1 : 1)), [{ kind: 'customer', live: 0 }, { kind: 'staff', live: 1 }]);
  });

  await t.test('of whoever is forgotten nothing is left', async (t) => {
    const [one, other] = [await open(), await open()];
    await refresh(one.refreshToken, 1);
    await sessions.forget(one.session.holderId);
    t.strictSame(await refresh(one.refreshToken, 2), { outcome: 'refused' }, 'not even that it was spent');
    t.equal(await sessions.find(one.session.id, after(2)), undefined);
    t.ok(await sessions.find(other.session.id, after(2)));
  });

  await t.test('one, or all but one, are revoked, and nobody else\'s', async (t) => {
    const holderId = randomUUID();
    const [a, b, c, other] = [await open(holderId), await open(holderId), await open(holderId), await open()];
    t.strictSame(await sessions.revoke({ holderId, only: other.session.id }, 'signed-out', after(1)), [], 'not one\'s own');
    t.ok(await sessions.find(other.session.id, after(2)));
    t.strictSame(await sessions.revoke({ holderId, only: a.session.id }, 'signed-out', after(1)), [a.session.id]);
    t.strictSame(await sessions.revoke({ holderId, only: a.session.id }, 'signed-out', after(2)), [], 'once');
    t.strictSame(await sessions.revoke({ holderId, except: b.session.id }, 'password-changed', after(3)), [c.session.id]);
    t.strictSame((await sessions.list(holderId, after(4))).map(({ id }) => id), [b.session.id]);
    t.strictSame(await refresh(c.refreshToken, 4), { outcome: 'refused' });
    const idle = await open(holderId);
    t.strictSame(await sessions.revoke({ holderId, only: idle.session.id }, 'signed-out', after(SESSION_IDLES_MS)), [], 'it had ended by itself');
  });
}
