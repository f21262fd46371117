import { pino } from 'pino';
import t from 'tap';
import { everythingClear, type Views } from '../../../shared/access/data-classes.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { createCodec } from '../../../shared/events/codec.js';
import { Refusal, type Principal } from '../../../shared/http/context.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { createRecords } from '../../../shared/records/record.js';
import { memorySubjects } from '../../evaluation/memory-store.js';
import { newSubject, type Subject } from '../../evaluation/subject.js';
import { personId } from '../../evaluation/testing/told-bank.js';
import { segmentsModule } from './routes.js';
import { createSegments } from './segments.js';

const PEOPLE = 25;
const AT = Date.parse('2026-03-01T00:00:00Z');
const views: Readonly<Record<string, Views>> = { clear: everythingClear, masked: { ...everythingClear, income: 'masked' }, hidden: { ...everythingClear, income: 'hidden' } };

/** Each is registered a minute after the one before, and earns 100.00 CNY more. */
function subjectOf(n: number): Subject {
  const subject = newSubject(personId(n));
  subject.person = {
    kind: 'individual', branch: 'B1', manager: null, registeredAt: AT + n * 60_000, identityVerified: true, restricted: false, rating: null,
    profile: {
      sex: null, birthDate: null, country: null, city: null, occupation: null, maritalStatus: null, riskPreference: null, interests: null, tags: null, consents: {}, income: { minor: BigInt(n) * 10_000n, currency: 'CNY' },
    },
  };
  return subject;
}

const earnsFrom = (hundreds: number) => ({ attr: 'customer.income', operator: '>=', value: { amount: `${hundreds}00.00`, currency: 'CNY' } });

t.test('who a rule would find tells nobody what is hidden from them', async (t) => {
  const subjects = memorySubjects();
  subjects.keep({ takeChanges: () => ({ changed: Array.from({ length: PEOPLE }, (_, n) => subjectOf(n)), accounts: [], facts: [] }) });
  const records = createRecords({ store: memoryEventStore(), codec: createCodec(createMemoryVault()) });
  const server = await buildServer({
    modules: [segmentsModule({
      segments: createSegments(records), records, known: async () => ({ refersTo: () => null, nameOf: (id) => id, usersOf: () => [] }), latestStay: async () => undefined, survivorOf: async (id) => id,
      reachedAmong: async (ids) => new Set(ids), keptCustomers: async () => ({ subjects, state: { clock: AT + 86_400_000, merges: [] } }), startOfDay: (date) => Date.parse(`${date}T00:00:00Z`),
    })],
    authenticate: ({ headers }): Principal => {
      const id = headers.authorization!;
      if (!views[id]) throw new Refusal({ code: 'unauthenticated' });
      return { id, role: 'marketer', channel: 'counter', rights: { holder: id, permits: new Map([['marketing.write-segments', [{ scope: 'all' }]]]), views: views[id] } };
    },
    logger: pino({ level: 'silent' }), now: () => new Date(AT), commandSecret: Buffer.alloc(32, 1), readWait: async () => true, accessLog: noAccessLog, checks: {}, findTarget: async () => undefined,
  });
  t.teardown(() => server.close());
  const post = async (who: string, path: string, payload: object) => {
    const answer = await server.inject({ method: 'POST', url: `/v1/marketing/segments${path}`, headers: { authorization: who }, payload });
    return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
  };
  const preview = async (who: string, tree: object) => (await post(who, '/preview', { tree })).body;

  t.match(await preview('clear', earnsFrom(22)), { count: 3, looked: PEOPLE, complete: true, sample: [22, 23, 24].map(personId) }, 'control: who sees it is told all');
  const few = await preview('masked', earnsFrom(22));
  t.match(few, { fewerThan: 10, looked: PEOPLE });
  t.notOk('count' in few || 'sample' in few);
  for (const [from, count] of [[15, 10], [6, 10], [5, 20]] as const) {
    const told = await preview('masked', earnsFrom(from));
    t.equal(told['count'], count, `${PEOPLE - from} in tens`);
    t.notOk('sample' in told);
  }
  // Asked with somebody singled out beside a crowd that is known, the number would tell of that one.
  const crowd = { attr: 'customer.registeredAt', operator: '<', value: new Date(AT + 12 * 60_000).toISOString() };
  const one = { combinator: 'and', rules: [{ attr: 'customer.registeredAt', operator: '=', value: new Date(AT + 20 * 60_000).toISOString() }, earnsFrom(20)] };
  const singled = { combinator: 'or', rules: [crowd, one] };
  t.match([await preview('clear', crowd), await preview('clear', singled)], [{ count: 12 }, { count: 13 }], 'control');
  t.match([await preview('masked', crowd), await preview('masked', singled)], [{ count: 12 }, { count: 10 }]);
  const refused = { status: 403, body: { code: 'field_hidden', errors: [{ pointer: '/tree', code: 'field_hidden', detail: 'asks for income' }] } };
  for (const tree of [earnsFrom(22), singled, { combinator: 'and', not: true, rules: [earnsFrom(1)] }]) {
    t.match(await post('hidden', '/preview', { tree }), refused);
    t.match(await post('hidden', '', { kind: 'dynamic', name: 'rich', tree }), refused, 'nor written, to be published by another');
  }
  t.match(await preview('hidden', crowd), { count: 12 }, 'control: what is not hidden may be asked');
  t.equal((await post('masked', '', { kind: 'dynamic', name: 'rich', tree: earnsFrom(22) })).status, 201);
});
