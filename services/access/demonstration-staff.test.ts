import t from 'tap';
import { allRights } from '../../shared/access/rights.js';
import { withDemonstration } from './demonstration-staff.js';
import type { Directory } from './sign-in/directory.js';
import { PASSWORD, signInBank } from './sign-in/testing/sign-in-bank.js';

const at = new Date('2025-03-01T08:00:00.000Z');
const people = [{ id: 'd', username: 'demo.teller', role: 'teller' }, { id: 'r', username: 'demonstrator', role: 'teller' }];
const directory: Directory = {
  byUsername: async (username) => people.find((one) => one.username === username),
  byId: async (id) => people.find((one) => one.id === id),
  rightsOf: async (id) => allRights(id),
  actingRightsOf: async (_, asId) => allRights(asId),
  bySubject: async () => undefined,
  clientByKey: async () => undefined,
};

t.test('outside a demonstration its people are nobody; everybody else is who they are', async (t) => {
  for (const demonstrates of [true, false]) {
    const { byUsername, byId, rightsOf, actingRightsOf } = withDemonstration(directory, demonstrates);
    const there = demonstrates ? { passwordSuffices: true } : undefined;
    t.match([await byUsername('demo.teller', at), await byId('d', at)], [there, there]);
    t.strictSame([await rightsOf('d', at), await actingRightsOf('d', 'r', at), await actingRightsOf('r', 'd', at)].map((rights) => rights !== undefined), [demonstrates, demonstrates, demonstrates]);
    t.strictSame([await byUsername('demonstrator', at), await byId('r', at)], [people[1], people[1]], 'control, and nobody else is let off a second factor');
    t.ok(await rightsOf('r', at));
  }
});

t.test('a password is enough only for whom the directory says so', async (t) => {
  const bank = await signInBank({ secondFactor: 'required' });
  const demo = await bank.hire('demo.teller', { permissions: ['self.use', 'sessions.revoke'] });
  await bank.hire('li.wei', { permissions: ['self.use', 'sessions.revoke'] });
  bank.people.set(demo.id, { ...bank.people.get(demo.id)!, passwordSuffices: true });
  const others = async (username: string) => {
    const { accessToken } = (await bank.signIn(username, PASSWORD)).body;
    const victim = (await bank.signIn(username, PASSWORD)).body.sessionId;
    const other = (await bank.signIn(username === 'li.wei' ? 'demo.teller' : 'li.wei', PASSWORD)).body.sessionId;
    t.equal((await bank.del(`/v1/sessions/${victim}`, accessToken)).status, 200, 'one\'s own');
    return (await bank.del(`/v1/sessions/${other}`, accessToken)).status;
  };
  t.equal(await others('li.wei'), 404);
  t.equal(await others('demo.teller'), 200);
});
