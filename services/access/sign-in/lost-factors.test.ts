import { randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { pino } from 'pino';
import t from 'tap';
import { createCodec } from '../../../shared/events/codec.js';
import type { Actor } from '../../../shared/events/definition.js';
import { ApprovedRuns } from '../../../shared/http/approved-runs.js';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import { createApprovals } from '../../approvals/approvals.js';
import { createApprovalGate } from '../../approvals/gate.js';
import { approvalsModule } from '../../approvals/routes.js';
import { removeLostFactors } from './lost-factors.js';
import { signInBank } from './testing/sign-in-bank.js';

const reason = 'seen at the branch, with the identity card';

/** Three who administer, and a teller with an app and recovery codes; approvals as the bank has them. */
async function bankWithApprovals() {
  const bank = await signInBank({
    beside: ({ parts, store, vault, now }) => {
      const runs = new ApprovedRuns();
      const approvals = createApprovals({
        store, codec: createCodec(vault), runs, now, logger: pino({ level: 'silent' }),
        async principalOf({ id, role }) {
          const rights = await parts.directory.rightsOf(id, now());
          return rights && { id, role, channel: 'online', rights };
        },
      });
      return {
        modules: [approvalsModule({ approvals, runs, differences: async () => undefined })],
        customers: { byId: async () => undefined, rightsOf: async () => undefined }, findTarget: async () => undefined,
        approvals: createApprovalGate({ runs, approvals, approvalRules: async () => [], bootstrapIsExempt: async () => true }),
      };
    },
  });
  const administrator = async (username: string) => {
    const { id } = await bank.hire(username, { permissions: ['self.use', 'access.administer', 'approvals.read', 'approvals.decide'] });
    return { id, token: (await bank.signIn(username)).body.accessToken as string };
  };
  const [ada, bob] = [await administrator('ada'), await administrator('bob')];
  const teller = await bank.hire('the.teller');
  const session = (await bank.signIn('the.teller')).body;
  const { enrolment, secret } = (await bank.post('/v1/factors/totp', {}, session.accessToken)).body;
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: bank.clock.now.getTime() });
  t.equal((await bank.post('/v1/factors/totp/confirm', { enrolment, code }, session.accessToken)).status, 201);
  t.equal((await bank.post('/v1/factors/recovery-codes', undefined, session.accessToken)).status, 201);
  const ask = (by: string, id: string = teller.id, body: object = { reason }, headers?: Record<string, string>) => bank.post(`/v1/staff/${id}/lost-factors`, body, by, headers);
  const factors = async (id: string = teller.id) => (await bank.parts.records.load(bank.parts.people.record, id))!.state.factors.map(({ kind }) => kind);
  return { ...bank, ada, bob, teller, session, ask, factors };
}

t.test('whoever lost every second factor is let in again by two others, and by no one of them', async (t) => {
  const bank = await bankWithApprovals();
  const { ada, bob, teller, session } = bank;
  t.match((await bank.signIn('the.teller')).body, { status: 'second-factor' }, 'control');
  const asked = await bank.ask(ada.token, teller.id, { reason }, { 'idempotency-key': 'lost' });
  t.match(asked, { status: 202, body: { status: 'pending' } });
  t.same(await bank.factors(), ['totp', 'recovery-codes'], 'nothing happens yet');
  t.match((await bank.get('/v1/sessions', session.accessToken)).status, 200);
  const approval = `/v1/approvals/${asked.body.approvalId}`;
  t.match(await bank.post(`${approval}/approval`, undefined, ada.token), { status: 403 }, 'not one\'s own request');
  t.match(await bank.post(`${approval}/approval`, undefined, session.accessToken), { status: 403, body: { code: 'permission_missing' } });
  t.match((await bank.get(approval, bob.token)).body, { permission: 'access.administer', route: '/v1/staff/:id/lost-factors' }, 'what is approved');
  t.match(await bank.post(`${approval}/approval`, undefined, bob.token), { status: 200, body: { status: 'executed' } });
  t.same(await bank.factors(), []);
  t.equal((await bank.get('/v1/sessions', session.accessToken)).status, 401, 'sessions end');
  t.match((await bank.signIn('the.teller')).body, { status: 'signed-in' }, 'with the password alone, until another factor is enrolled');
  const told = (await bank.parts.records.history(bank.parts.people.record, teller.id, { direction: 'forwards', limit: 100 }))!;
  const lost = told.filter(({ event, metadata }) => event.type === 'FactorsLost' || (event.type === 'FactorRemoved' && metadata.actor.id === ada.id));
  t.match(lost, [
    { event: { type: 'FactorsLost', data: { staffId: teller.id, reason } }, metadata: { actor: { id: ada.id }, approver: { id: bob.id } } }, { event: { type: 'FactorRemoved' } }, { event: { type: 'FactorRemoved' } },
  ]);
  t.equal(lost.length, 3);
  t.match(await bank.ask(ada.token, teller.id, { reason }, { 'idempotency-key': 'lost' }), { status: 202, body: { approvalId: asked.body.approvalId, status: 'executed' } }, 'sent again');
  t.notOk(bank.logged.join('').includes(reason));
});

t.test('what is refused changes nothing', async (t) => {
  const bank = await bankWithApprovals();
  await t.test('at once, and nobody is asked: for oneself, for who is not there, without the permission, without a reason', async (t) => {
    const { ada, session } = bank;
    t.match(await bank.ask(ada.token, ada.id), { status: 403, body: { code: 'own_factors' } });
    t.match(await bank.ask(ada.token, randomUUID()), { status: 404, body: { code: 'holder_not_found' } });
    t.match(await bank.ask(session.accessToken), { status: 403, body: { code: 'permission_missing' } });
    t.match(await bank.ask(ada.token, bank.teller.id, {}), { status: 400, body: { errors: [{ pointer: '/reason' }] } });
    t.match(await bank.ask(ada.token, 'somebody'), { status: 400, body: { errors: [{ pointer: 'path:id' }] } });
    const streams = [];
    for await (const { stream } of bank.store.readAll()) streams.push(stream);
    t.notOk(streams.some((stream) => stream.startsWith('approval-')), 'nothing waits');
    t.ok(streams.some((stream) => stream.startsWith('signin-')), 'control');
  });

  await t.test('the machine client that founds a bank needs nobody else for other things, and does need two for this', async (t) => {
    t.match(await bank.ask('a-fixed-token-for-founding'), { status: 403, body: { code: 'second_person_needed' } });
    t.same(await bank.factors(), ['totp', 'recovery-codes']);
  });

  await t.test('row by row, each before what stands after it', async (t) => {
    const { ada, bob, teller } = bank;
    const actor = (id: string, actingAs?: string): Actor => ({ id, role: 'administrator', channel: 'online', ...(actingAs !== undefined && { actingAs }) });
    const run = async (holderId: string, by: Actor, approver?: Actor) => {
      const context: CommandContext = { commandId: randomUUID(), repeatable: true, correlationId: randomUUID(), actor: by, ...(approver && { approver }), at: bank.clock.now };
      return removeLostFactors(bank.parts, { holderId, reason }, context).then(() => 'done', (error: unknown) => (error instanceof Refusal ? error.rejection.code : String(error)));
    };
    const rows: [string, string, Actor, Actor?][] = [
      ['holder_not_found', randomUUID(), actor(ada.id)],
      ['own_factors', teller.id, actor(teller.id)],
      ['own_factors', teller.id, actor(ada.id, teller.id), actor(bob.id)],
      ['second_person_needed', teller.id, actor(ada.id)],
      ['second_person_needed', bob.id, actor(ada.id)],
      ['second_person_needed', teller.id, actor(ada.id), actor(ada.id)],
      ['second_person_needed', teller.id, actor(ada.id), actor(bob.id, ada.id)],
      ['second_person_needed', teller.id, actor(ada.id, bob.id), actor(bob.id)],
      ['own_factors', bob.id, actor(ada.id), actor(bob.id)],
      ['own_factors', teller.id, actor(ada.id), actor(bob.id, teller.id)],
      ['factor_not_found', bob.id, actor(ada.id), actor(teller.id)],
    ];
    for (const [code, holder, by, approver] of rows) t.equal(await run(holder, by, approver), code, `${code}: ${by.id === holder ? 'by oneself' : ''} ${approver ? 'approved' : 'alone'}`);
    t.same(await bank.factors(), ['totp', 'recovery-codes']);
    t.equal(await run(teller.id, actor(ada.id), actor(bob.id)), 'done', 'control');
    t.same(await bank.factors(), []);
  });
});
