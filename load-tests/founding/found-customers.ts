import { identityOf } from '../../services/customers/identity.js';
import { identityStream } from '../../services/customers/identity-guard.js';
import type { BankRecords } from '../../infra/audit/open-records.js';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Draft } from '../../shared/events/codec.js';
import { eventIdOf } from '../../shared/kernel/ids.js';
import { customerIdOf } from './founded-ids.js';
import { personOf } from './made-up-people.js';

const AT_ONCE = 1_000;
const IN_FLIGHT = 128;
const ACTOR = { id: 'founder', role: 'system', channel: 'batch' };

/** Registers the first `count` made-up customers: the claim of each identity, then the record, as a registration writes them, many at a time and without asking what cannot be there yet. */
export async function foundCustomers(records: BankRecords, count: number, progressed: (done: number) => void): Promise<void> {
  const secret = await records.vault.secret('search');
  for (let from = 0; from < count; from += AT_ONCE) {
    const people = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => registration(from + index));
    for (const step of ['claim', 'registered'] as const) {
      const sealed = await records.codec.seal(people.map((person) => person[step]));
      await eachOf(sealed.length, async (index) => {
        const { customerId, identity } = people[index]!;
        if (step === 'claim') await records.log.append(identityStream(secret, identity), [sealed[index]!], 'any');
        else await records.log.append(`customer-${customerId}`, [sealed[index]!], 'no-stream');
      });
    }
    progressed(from + people.length);
  }
}

function registration(n: number) {
  const customerId = customerIdOf(n);
  const { profile, branch } = personOf(n);
  const identity = identityOf(profile);
  const draft = (part: number, event: CustomerEvent): Draft => ({
    id: eventIdOf(customerId, part), event,
    metadata: { commandId: customerId, $correlationId: customerId, $causationId: customerId, actor: ACTOR, schemaVersion: 1, recordedAt: new Date().toISOString() },
  });
  return {
    customerId, identity,
    registered: draft(0, { type: 'CustomerRegistered', data: { customerId, kind: 'individual', profile, branch } }),
    claim: draft(1, { type: 'CustomerIdentityClaimed', data: { customerId, identity } }),
  };
}

async function eachOf(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, async () => {
    while (next < count) await work(next++);
  }));
}
