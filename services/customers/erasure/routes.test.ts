import { pino } from 'pino';
import t from 'tap';
import { defaultRoles } from '../../../shared/access/default-roles.js';
import { viewsFrom } from '../../../shared/access/data-classes.js';
import { allRights, type Rights } from '../../../shared/access/rights.js';
import { bearerAuthentication } from '../../../shared/http/authentication.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { documented } from '../../../shared/http/testing/documented.js';
import { createCodec } from '../../../shared/events/codec.js';
import { AT, erasingBank, NAMES, type ErasingBankOptions } from '../testing/erasing-bank.js';
import { customersModule } from '../routes.js';
import { erasureModule } from './routes.js';

const roleRights = (holder: string, name: string): Rights => {
  const { permits, views } = defaultRoles.find((role) => role.name === name)!;
  return { holder, permits: new Map(permits.map(({ permission }) => [permission, [{ scope: 'all' as const }]])), views: viewsFrom(views) };
};
const PEOPLE = [
  ...['zhang', 'li'].map((id) => ({ id, role: 'risk-officer', rights: allRights(id) })),
  { id: 'wang', role: 'teller', rights: roleRights('wang', 'teller') }, { id: 'audrey', role: 'auditor', rights: roleRights('audrey', 'auditor') },
];

/** The bank of `erasingBank` behind HTTP: zhang and li may erase, wang is a teller, audrey an auditor. */
async function served(t: { teardown(handler: () => unknown): void }, options: ErasingBankOptions = {}) {
  const bank = await erasingBank(options);
  const clock = { now: AT };
  const server = documented(await buildServer({
    modules: [
      customersModule({
        store: bank.store, codec: createCodec(bank.vault), secret: await bank.vault.secret('search'), timeZone: 'UTC', now: () => clock.now,
        findProbableDuplicates: async () => [], onDuplicateSearchSkipped: () => {}, missingDocuments: async () => [], currentView: async () => undefined,
      }),
      erasureModule({ erasures: bank.erasures, records: bank.records }),
    ],
    authenticate: bearerAuthentication(PEOPLE.map((principal) => ({ token: tokenOf(principal.id), principal: { ...principal, channel: 'counter' as const } }))),
    logger: pino({ level: 'silent' }), now: () => clock.now, commandSecret: Buffer.alloc(32, 1), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
  }));
  t.teardown(() => server.close());
  const as = (who: string) => async (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object, headers: Record<string, string> = {}) => {
    const { statusCode: status, body: text } = await server.inject({
      method, url: `/v1/customers/${path}`, headers: { authorization: `Bearer ${tokenOf(who)}`, ...(body && { 'content-type': 'application/json' }), ...(method === 'POST' && { 'if-match': '*' }), ...headers }, ...(body && { payload: JSON.stringify(body) }),
    });
    return { status, body: JSON.parse(text) };
  };
  const [zhang, li, wang, audrey] = [as('zhang'), as('li'), as('wang'), as('audrey')] as const;
  return { ...bank, clock, zhang, li, wang, audrey };
}

const tokenOf = (who: string): string => `a-token-for-tests-of-${who}`;
const refused = (status: number, code: string) => ({ status, body: { code } });
const why = { reason: 'letter' };
const NOBODY = '0198a7c2-0000-7000-8000-00000000dead';

t.test('a restricted customer: changed by nobody, seen by few, and free again', async (t) => {
  const { customerId: id, zhang, li, wang, audrey, stateOf } = await served(t);
  t.match(await zhang('POST', `${NOBODY}/restriction`, why), refused(404, 'customer_not_found'));
  t.match(await wang('POST', `${id}/restriction`, why), refused(403, 'permission_missing'));
  t.match(await zhang('POST', `${id}/restriction`, { reason: ' ' }), { ...refused(400, 'request_invalid'), body: { errors: [{ pointer: '/reason' }] } });
  t.match(await zhang('POST', `${id}/restriction`, { ...why, until: '2027-02-30' }), { ...refused(400, 'request_invalid'), body: { errors: [{ pointer: '/until' }] } });
  t.match(await zhang('POST', `${id}/restriction/lift`, why), refused(422, 'customer_not_restricted'));
  for (const path of ['restriction', 'restriction/lift', 'erasure', 'erasure/confirmation', 'erasure/withdrawal'])
    t.match(await zhang('POST', `${id}/${path}`, path.startsWith('erasure/') ? {} : why, { 'if-match': '' }), refused(428, 'if_match_missing'), path);
  t.match(await zhang('POST', `${id}/restriction`, why, { 'if-match': '"7"' }), refused(412, 'if_match_stale'));
  t.match(await zhang('POST', `${id}/restriction`, { ...why, until: '2027-01-01' }, { 'if-match': '"0"' }), { status: 200, body: { id, revision: 1 } });
  t.match(await zhang('POST', `${id}/restriction`, why), refused(422, 'customer_restricted'));
  t.same((await zhang('GET', `${id}/erasure`)).body, { restriction: { since: AT.toISOString(), until: '2027-01-01' } });

  t.match(await wang('PATCH', id, { email: 'a@b.example' }, { 'if-match': '"1"' }), refused(422, 'customer_restricted'), 'no change');
  t.match(await zhang('PATCH', id, { email: 'a@b.example' }, { 'if-match': '"1"' }), refused(422, 'customer_restricted'), 'by nobody');
  t.match(await zhang('PATCH', id, { email: 'a@b.example' }, { 'if-match': '"0"' }), refused(412, 'if_match_stale'), 'which comes before it');
  const shown = async (who: typeof zhang, purpose: string, path = ''): Promise<boolean> => JSON.stringify((await who('GET', `${id}${path}`, undefined, { 'x-purpose': purpose })).body).includes(NAMES.main);
  for (const path of ['', `?asOf=${AT.toISOString()}`, '/history'])
    t.same(await Promise.all([shown(wang, 'service', path), shown(audrey, 'service', path), shown(audrey, 'audit', path), shown(wang, 'audit', path), shown(zhang, 'service', path), shown(zhang, 'risk', path), shown(zhang, 'marketing', path)]),
      [false, false, true, false, true, true, false], `only who may restrict, and the auditor while auditing, for no marketing: ${path}`);
  t.match((await wang('GET', id)).body, { id, status: 'restricted', kind: 'individual', revision: 1, name: undefined });
  t.same((await wang('GET', `${id}/history`)).body.items.map(({ type, changes, reason }: Record<string, unknown>) => ({ type, changes, reason })), [
    { type: 'CustomerRegistered', changes: [], reason: undefined }, { type: 'CustomerRestricted', changes: [], reason: undefined },
  ]);

  t.match(await li('POST', `${id}/restriction/lift`, why, { 'if-match': '"0"' }), refused(412, 'if_match_stale'));
  t.match(await li('POST', `${id}/restriction/lift`, why), { status: 200, body: { revision: 2 } });
  t.match(await wang('PATCH', id, { email: 'a@b.example' }, { 'if-match': '"2"' }), { status: 200 });
  t.match(await stateOf(), { status: 'active', restriction: null });
});

t.test('erasing asks for two people, and for business that has ended', async (t) => {
  const { customerId: id, zhang, li, wang, accounts, cases, types, vault } = await served(t);
  t.match(await zhang('POST', `${NOBODY}/erasure`, why), refused(404, 'customer_not_found'));
  t.match(await zhang('POST', `${NOBODY}/erasure`, why, { 'if-match': '"3"' }), refused(404, 'customer_not_found'), 'which comes before a stale If-Match');
  t.match(await zhang('GET', `${NOBODY}/erasure`), refused(404, 'customer_not_found'));
  t.match(await wang('POST', `${id}/erasure`, why), refused(403, 'permission_missing'));
  t.match(await wang('POST', `${id}/erasure/confirmation`), refused(403, 'permission_missing'));
  t.match(await zhang('POST', `${id}/erasure/confirmation`), refused(422, 'erasure_not_requested'));
  t.match(await zhang('POST', `${id}/erasure/withdrawal`), refused(422, 'erasure_not_requested'));
  accounts.open = true;
  t.match(await zhang('POST', `${id}/erasure`, why), refused(422, 'customer_has_open_accounts'));
  t.match(await zhang('POST', `${id}/erasure`, why, { 'if-match': '"9"' }), refused(412, 'if_match_stale'), 'comes before what the ledger says');
  accounts.open = false;
  cases.open = true;
  t.match(await zhang('POST', `${id}/erasure`, why), refused(422, 'customer_has_open_case'));
  cases.open = false;
  t.match(await zhang('POST', `${id}/erasure`, why, { 'idempotency-key': 'one' }), { status: 200, body: { revision: 1 } });
  t.match(await zhang('POST', `${id}/erasure`, why, { 'idempotency-key': 'one' }), { status: 200, body: { revision: 1 } }, 'the same request again');
  t.match(await zhang('POST', `${id}/erasure`, { reason: 'other' }, { 'idempotency-key': 'one' }), refused(409, 'idempotency_key_reused'));
  t.match(await li('POST', `${id}/erasure`, why), refused(422, 'erasure_under_way'));
  t.match(await zhang('POST', `${id}/erasure/confirmation`), refused(403, 'second_person_required'));
  t.match(await li('POST', `${id}/erasure/withdrawal`), { status: 200, body: { revision: 2 } }, 'anybody who may erase can take it back');
  t.match(await li('POST', `${id}/erasure/confirmation`), refused(422, 'erasure_not_requested'), 'and then it must be asked anew');
  await zhang('POST', `${id}/erasure`, why);
  accounts.open = true;
  t.match(await zhang('POST', `${id}/erasure/confirmation`), refused(403, 'second_person_required'), 'comes before open accounts');
  t.match(await li('POST', `${id}/erasure/confirmation`), refused(422, 'customer_has_open_accounts'));
  accounts.open = false;
  cases.open = true;
  t.match(await li('POST', `${id}/erasure/confirmation`), refused(422, 'customer_has_open_case'), 'also where an alert came after it was asked');
  cases.open = false;
  t.match(await li('POST', `${id}/erasure/confirmation`, {}, { 'if-match': '"2"' }), refused(412, 'if_match_stale'), 'the request was looked at before it changed');
  t.equal((await vault.keysOf([id])).size, 1, 'nothing is destroyed until here');

  t.match(await li('POST', `${id}/erasure/confirmation`, {}, { 'if-match': '"3"' }), { status: 200, body: { id, revision: 7 } });
  t.match((await wang('GET', id)).body, { id, status: 'erased', kind: 'individual', name: undefined });
  t.match((await zhang('GET', `${id}/erasure`)).body, {
    erasure: { step: 'erased', requestedBy: ['zhang'], confirmedBy: 'li', backup: { sha256: /^[0-9a-f]{64}$/, keptUntil: '2031-03-02' }, openings: [] }, erasedAt: AT.toISOString(),
  });
  t.same((await types()).slice(-4), ['CustomerErasureConfirmed', 'CustomerErasureBarred', 'CustomerErasureBackedUp', 'CustomerErased']);
  for (const [path, body] of [['restriction', why], ['restriction/lift', why], ['erasure', why], ['erasure/confirmation', {}], ['erasure/withdrawal', {}]] as const)
    t.match(await li('POST', `${id}/${path}`, body), refused(422, 'customer_erased'), path);
  t.match(await li('PATCH', id, { email: 'a@b.example' }, { 'if-match': '"7"' }), refused(422, 'customer_erased'));
  const { items } = (await zhang('GET', `${id}/history`)).body;
  t.match(items[0], { type: 'CustomerRegistered', changes: [{ field: 'kind', after: 'individual' }, { field: 'profile', after: 'erased' }] });
  t.notMatch(JSON.stringify(items), /letter|Zephyrine/);
});

t.test('while the law has the record kept, asking restricts; a confirmation comes too early', async (t) => {
  const { customerId: id, zhang, li, clock, accounts } = await served(t, { years: 5, accounts: { open: false, lastClosedAt: '2024-03-02T10:00:00.000Z' } });
  t.match(await zhang('POST', `${id}/erasure`, why), { status: 200, body: { revision: 1 } });
  t.same((await zhang('GET', `${id}/erasure`)).body, { restriction: { since: AT.toISOString(), until: '2029-03-02' } });
  t.match(await li('POST', `${id}/erasure/confirmation`), refused(422, 'erasure_not_requested'));
  clock.now = new Date('2029-03-02T23:59:59.000Z');
  t.match(await zhang('POST', `${id}/erasure`, why), { status: 200, body: { revision: 1 } }, 'its last day: nothing new');
  clock.now = new Date('2029-03-03T00:00:00.000Z');
  t.match(await zhang('POST', `${id}/erasure`, why), { status: 200, body: { revision: 2 } }, 'the day after');
  (accounts as { lastClosedAt: string }).lastClosedAt = '2028-01-01T10:00:00.000Z';
  t.match(await li('POST', `${id}/erasure/confirmation`), refused(422, 'retention_not_over'), 'an account closed later than was known');
  (accounts as { lastClosedAt: string }).lastClosedAt = '2024-03-02T10:00:00.000Z';
  t.match(await li('POST', `${id}/erasure/confirmation`), { status: 200 });
});

t.test('a bank without an escrow key erases nobody, and says so after whatever else is wrong', async (t) => {
  const { customerId: id, zhang, li, types } = await served(t, { escrowed: false });
  await zhang('POST', `${id}/erasure`, why);
  t.match(await zhang('POST', `${id}/erasure/confirmation`), refused(403, 'second_person_required'));
  t.match(await li('POST', `${id}/erasure/confirmation`), refused(422, 'escrow_missing'));
  t.same(await types(), ['CustomerRegistered', 'CustomerErasureRequested']);
});

t.test('what was cut short goes on when it is confirmed again, and meanwhile refuses', async (t) => {
  const { customerId: id, zhang, li, kill } = await served(t);
  await zhang('POST', `${id}/erasure`, why);
  kill.at = 'before backup';
  t.match(await li('POST', `${id}/erasure/confirmation`), { status: 500 });
  t.match((await zhang('GET', `${id}/erasure`)).body, { erasure: { step: 'barred' } });
  t.match((await zhang('GET', id)).body, { status: 'erasing' });
  for (const [path, body] of [['restriction', why], ['restriction/lift', why], ['erasure', why], ['erasure/withdrawal', {}]] as const)
    t.match(await zhang('POST', `${id}/${path}`, body), refused(422, 'erasure_under_way'), path);
  t.match(await zhang('PATCH', id, { email: 'a@b.example' }, { 'if-match': '"3"' }), refused(422, 'erasure_under_way'));
  kill.at = undefined;
  t.match(await zhang('POST', `${id}/erasure/confirmation`), { status: 200 }, 'by whoever may erase: two have agreed already');
  t.match((await zhang('GET', `${id}/erasure`)).body, { erasure: { step: 'erased' } });
});

t.test('a backup is opened for a case that two people agreed on, once', async (t) => {
  const { customerId: id, zhang, li, wang, types, openWith } = await served(t);
  const enquiry = { caseNumber: '2026/AZ-17', purpose: 'court-order' };
  t.match(await zhang('POST', `${NOBODY}/erasure/openings`, enquiry), refused(404, 'customer_not_found'));
  t.match(await zhang('POST', `${id}/erasure/openings`, enquiry), refused(422, 'backup_not_there'));
  await zhang('POST', `${id}/erasure`, why);
  await li('POST', `${id}/erasure/confirmation`);
  t.match(await wang('POST', `${id}/erasure/openings`, enquiry), refused(403, 'permission_missing'));
  for (const [field, value] of [['caseNumber', 'Zephyrine Quillfeather'], ['caseNumber', ''], ['purpose', 'curiosity']])
    t.match(await zhang('POST', `${id}/erasure/openings`, { ...enquiry, [field!]: value }), { status: 400, body: { errors: [{ pointer: `/${field}` }] } });
  const { status, body: { openingId } } = await zhang('POST', `${id}/erasure/openings`, enquiry, { 'idempotency-key': 'case' });
  t.equal(status, 201);
  t.equal((await zhang('POST', `${id}/erasure/openings`, enquiry, { 'idempotency-key': 'case' })).body.openingId, openingId, 'the same request, the same enquiry');
  t.match(await zhang('POST', `${id}/erasure/openings/${NOBODY}/approval`), refused(404, 'opening_not_found'));
  t.match(await zhang('POST', `${id}/erasure/openings/${openingId}/approval`), refused(403, 'second_person_required'));
  t.match(await openWith(openingId), { rejection: { code: 'opening_not_approved' } });
  t.match(await li('POST', `${id}/erasure/openings/${openingId}/approval`), { status: 200 });
  t.same(await openWith(openingId), undefined);
  t.match(await openWith(openingId), { rejection: { code: 'opening_used' } });
  t.match((await zhang('GET', `${id}/erasure`)).body.erasure.openings, [{ id: openingId, ...enquiry, requestedBy: ['zhang'], approvedBy: 'li', openedAt: AT.toISOString() }]);
  t.same((await types()).slice(-3), ['CustomerBackupOpeningRequested', 'CustomerBackupOpeningApproved', 'CustomerBackupOpened']);
});
