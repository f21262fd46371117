import fc from 'fast-check';
import t from 'tap';
import { seed } from '../../shared/testing/seed.js';
import { person } from '../customers/testing/people.js';
import { approvalsBank, HOUR, type Person } from './testing/bank.js';

t.comment(`seed ${seed}`);
const who = fc.constantFrom<Person>('zhang', 'li', 'zhao', 'limited', 'elsewhere', 'wang', 'powerless');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('approval' as const), who, which: fc.nat(2) }) },
  fc.record({ do: fc.constantFrom('rejection' as const, 'withdrawal' as const), who, which: fc.nat(2) }),
  fc.record({ do: fc.constantFrom('ask again' as const, 'crash' as const, 'tick' as const, 'time passes' as const), who, which: fc.nat(2) }),
);

t.test('whatever people do in whatever order, a command runs at most once, never by its requester\'s approval, and only if approved', async (t) => {
  await t.resolves(fc.assert(fc.asyncProperty(fc.array(fc.record({ step, together: fc.boolean(), failing: fc.boolean() }), { maxLength: 14 }), async (story) => {
    const bank = await approvalsBank({ rules: [{ name: 'r', permission: 'money.pay-out', expiresAfterMs: 2 * HOUR }] });
    try {
      const { id } = (await bank.send('zhang', 'POST', '/v1/customers', person({ branch: 'B1' }))).body;
      const ask = async (sender: Person, which: number): Promise<string> =>
        (await bank.send(sender, 'POST', `/v1/tills/${id}/payments`, { money: { amount: `${which + 1}.00`, currency: 'CNY' } }, { 'idempotency-key': `k${which}` })).body.approvalId;
      const requesters: Person[] = ['zhang', 'li', 'zhao'];
      const ids = await Promise.all(requesters.map(ask));
      for (const { step: { do: what, who, which }, together, failing } of story) {
        bank.log.beforeAppend = async (_, [event]) => {
          if (failing && event!.type.startsWith('RequestExecut')) throw new Error('killed');
        };
        const act = (sender: Person) => bank.send(sender, 'POST', `/v1/approvals/${ids[which]}/${what}`, what === 'rejection' ? { reason: 'x' } : undefined);
        if (what === 'ask again') await ask(requesters[which]!, which);
        else if (what === 'crash') await bank.restart();
        else if (what === 'tick') await bank.tick();
        else if (what === 'time passes') bank.laterBy(HOUR);
        else await Promise.all([act(who), ...(together ? [act('li'), act('zhao')] : [])]);
        bank.log.beforeAppend = async () => {};
      }
      await bank.tick();
      const approved = new Set<string>();
      for (const [index, approvalId] of ids.entries()) {
        const types = await bank.history(approvalId);
        const approvals = types.filter((type) => type === 'RequestApproved').length;
        if (approvals > 1) throw new Error(`approved ${approvals} times`);
        if (approvals === 1) approved.add(requesters[index]!);
        if (approvals === 1 && types.at(-1) !== 'RequestExecuted') throw new Error(`approved and left: ${types.join()}`);
        if (types.filter((type) => /Executed|Rejected|Withdrawn|Expired/.test(type)).length > 1) throw new Error(`more than one end: ${types.join()}`);
      }
      if (bank.paid.size !== approved.size) throw new Error(`${bank.paid.size} ran of ${approved.size} approved`);
      for (const { actor, approver } of bank.paid.values()) {
        if (!approved.has(actor.id)) throw new Error(`${actor.id}'s ran unapproved`);
        if (approver === undefined || approver.id === actor.id || approver.actingAs === actor.id || !['li', 'zhao', 'limited'].includes(approver.id)) throw new Error(`approved by ${JSON.stringify(approver)}`);
      }
    } finally {
      await bank.close();
    }
  }), { seed, numRuns: 25 }));
});
