import { pino } from 'pino';
import t from 'tap';
import { z } from 'zod';
import { classified, subjectId } from '../access/classified.js';
import { viewsFrom } from '../access/data-classes.js';
import { maskAccountNumber, maskIdNumber, maskName } from '../access/masks.js';
import type { Permission } from '../access/permissions.js';
import type { Access, AccessLog } from './access-record.js';
import { aboutParam } from './route-access.js';
import { buildServer } from './server.js';
import { documented } from './testing/documented.js';
import { onlyAsked, unmask, unmaskAccess, unmaskBodyOf } from './unmasking.js';

const ID = '0198a7c2-0000-7000-8000-00000000000a';
const record = z.object({
  id: subjectId(z.uuid(), 'customer'), revision: z.int(),
  name: classified(z.string(), 'name', maskName).optional(), idNumber: classified(z.string(), 'identity-number', maskIdNumber).optional(), card: classified(z.string(), 'account-number', maskAccountNumber).optional(),
  debts: classified(z.array(z.object({ value: z.string() })), 'liabilities').optional(), employer: z.object({ name: classified(z.string(), 'employment', maskName).optional(), debt: classified(z.string(), 'liabilities').optional() }).optional(),
});
const anna = { id: ID, revision: 3, name: 'Anna', idNumber: '34052419800101001X', card: '6200000004', debts: [{ value: '9' }], employer: { name: 'Acme', debt: '7' } };

async function bank(log: Partial<AccessLog> = {}) {
  const recorded: Access[] = [];
  const held = { permission: 'customers.unmask' as Permission, branch: 'SH' };
  const server = documented(await buildServer({
    modules: [{
      name: 'test', description: '', rejections: [],
      routes: (server) => void server.post('/v1/people/:id/unmask', {
        config: { limit: 'unmask', access: unmaskAccess(aboutParam('customer')) }, schema: { params: z.strictObject({ id: z.uuid() }), body: unmaskBodyOf(record), response: { 200: record } },
      }, async (request) => onlyAsked(anna, record, unmask(request, record))),
    }],
    authenticate: () => ({
      id: 'ben', role: 'teller', channel: 'online',
      rights: { holder: 'ben', permits: new Map([[held.permission, [{ scope: 'branch' as const, branches: new Set([held.branch]) }]]]), views: viewsFrom({ name: 'clear', 'identity-number': 'masked', 'account-number': 'masked', employment: 'masked' }) },
    }),
    logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, checks: {}, findTarget: async () => ({ branch: 'SH', customers: [ID] }),
    accessLog: { record: async (access) => void recorded.push(access), refused: () => {}, ...log },
  }));
  t.teardown(() => server.close());
  const ask = async (payload: object, headers: Record<string, string> = {}) => (await server.inject({ method: 'POST', url: `/v1/people/${ID}/unmask`, headers, payload })).json();
  return { ask, recorded, held };
}

const reason = 'the customer stands before me';

t.test('what is seen masked is answered whole, the fields asked for alone, and stands in the access log with the reason', async (t) => {
  const { ask, recorded } = await bank();
  t.same(await ask({ fields: ['idNumber'], reason }), { id: ID, revision: 3, idNumber: anna.idNumber });
  t.same(await ask({ fields: ['card', 'name'], reason: ` ${reason} ` }), { id: ID, revision: 3, card: anna.card, name: 'Anna' });
  t.match(recorded, [
    { route: 'POST /v1/people/:id/unmask', status: 200, customers: [ID], fields: ['idNumber'], reason, clear: ['identity-number'], masked: [], criteria: [] },
    { fields: ['card', 'name'], reason, clear: ['name', 'account-number'] },
  ]);
});

t.test('what is hidden stays hidden', async (t) => {
  const { ask, recorded } = await bank();
  t.match(await ask({ fields: ['idNumber', 'debts'], reason }), { code: 'field_hidden', errors: [{ pointer: '/fields/1' }] });
  t.same(await ask({ fields: ['employer'], reason }), { id: ID, revision: 3, employer: { name: 'Acme' } }, 'a part of a field as well');
  t.match(await ask({ fields: ['idNumber'], reason }, { 'x-purpose': 'marketing' }), { code: 'field_hidden' }, 'what the purpose has no need of too');
  t.equal(recorded.length, 1);
});

t.test('without a reason, a field that there is, the permission or reach there is nothing', async (t) => {
  const { ask, recorded, held } = await bank();
  for (const [payload, pointer] of [[{ fields: ['idNumber'] }, '/reason'], [{ fields: ['idNumber'], reason: ' ' }, '/reason'], [{ fields: ['idNumber'], reason: 'x'.repeat(501) }, '/reason'], [{ fields: [], reason }, '/fields'],
    [{ fields: ['salary'], reason }, '/fields/0'], [{ fields: ['revision'], reason }, '/fields/0']] as const)
    t.match(await ask(payload), { code: 'request_invalid', errors: [{ pointer }] });
  held.branch = 'BJ';
  t.match(await ask({ fields: ['idNumber'], reason }), { code: 'outside_scope' });
  held.permission = 'customers.read';
  t.match(await ask({ fields: ['idNumber'], reason }), { code: 'permission_missing' });
  t.same(recorded, []);
});

t.test('where it cannot be recorded nothing is unmasked', async (t) => {
  const { ask } = await bank({ record: () => Promise.reject(new Error('disk full')) });
  const answer = await ask({ fields: ['idNumber'], reason });
  t.match(answer, { code: 'outage' });
  t.notMatch(JSON.stringify(answer), anna.idNumber);
});
