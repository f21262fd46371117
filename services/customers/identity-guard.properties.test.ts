import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Individual } from '../../shared/events/customers/profile.js';
import { createCodec } from '../../shared/events/codec.js';
import { readable } from '../../shared/events/personal.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { Refusal, type CommandContext } from '../../shared/http/context.js';
import { createInterruptedStore } from '../../shared/records/testing/interrupted-store.js';
import { createCustomers } from './customers.js';
import { residentNumber } from './testing/people.js';

const START = Date.parse('2025-03-01T08:00:00.000Z');
const birthDate = '1990-05-17';
const identities = [1, 3].map((sequence) => residentNumber(birthDate, sequence));

/** Registrations and changes of few identities, each by an instance of its own. `second` is when it began, by its own clock. */
const scripts = fc.array(
  fc.record({ identity: fc.nat(1), second: fc.nat(25), keyed: fc.boolean(), changesTo: fc.option(fc.nat(1), { nil: undefined }) }),
  { minLength: 2, maxLength: 5 },
);
type Script = typeof scripts extends fc.Arbitrary<infer T> ? T : never;

/** Runs them at once; every read and append reaches the log, and is answered, when the scheduler says. */
async function race(scheduler: fc.Scheduler, script: Script, fenced: boolean) {
  const log = createInterruptedStore();
  const vault = createMemoryVault();
  const secret = await vault.secret('search');
  const slow: EventStore = {
    ...log,
    async append(stream, events, expected) {
      await scheduler.schedule(Promise.resolve(), `append to ${stream} begins`);
      const [outcome] = await Promise.allSettled([log.append(stream, events, fenced || !stream.startsWith('customer-') ? expected : 'any')]);
      await scheduler.schedule(Promise.resolve(), `append to ${stream} is answered`);
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    },
    async *readStream(stream, read) {
      await scheduler.schedule(Promise.resolve(), `read of ${stream}`);
      yield* log.readStream(stream, read);
    },
  };
  const running = script.map(async ({ identity, second, keyed, changesTo }): Promise<string | undefined> => {
    const customers = createCustomers({
      store: slow, codec: createCodec(vault), secret, timeZone: 'Asia/Shanghai', findProbableDuplicates: async () => [], onDuplicateSearchSkipped: () => {}, missingDocuments: async () => [],
    });
    const context = (repeatable: boolean): CommandContext => ({
      commandId: randomUUID(), ...(repeatable && { commandHash: 'same' }), repeatable, correlationId: 'c', actor: { id: 'zhang', role: 'teller', channel: 'counter' }, at: new Date(START + second * 1_000),
    });
    const profile: Individual = { kind: 'individual', name: '张伟', sex: 'male', birthDate, idDocument: { type: 'CN-RIC', number: identities[identity]! }, phones: ['+8613812345678'] };
    try {
      const { id } = await customers.register({ customerId: randomUUID(), profile }, context(keyed));
      if (changesTo !== undefined)
        await customers.update({ customerId: id, patch: { idDocument: { type: 'CN-RIC', number: identities[changesTo]! } }, precondition: () => true }, context(false));
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
  });
  const refusals = await scheduler.waitFor(Promise.all(running));
  const events = (await createCodec(vault).read(log.all, { open: true })).map(({ event }) => event as CustomerEvent);
  const held = new Map<string, string>();
  let doubles = 0;
  for (const event of events) {
    const number = numberGiven(event);
    if (number === undefined) continue;
    held.set(event.data.customerId, number);
    if (new Set(held.values()).size < held.size) doubles++;
  }
  return { refusals, doubles, registered: events.filter(({ type }) => type === 'CustomerRegistered').length };
}

function numberGiven(event: CustomerEvent): string | undefined {
  if (event.type === 'CustomerRegistered') return (event.data.profile as Individual).idDocument.number;
  if (event.type !== 'CustomerUpdated' || !readable(event.data.update)) return undefined;
  return (event.data.update.changes.find(({ field }) => field === 'idDocument')?.after as Individual['idDocument'] | undefined)?.number;
}

const REFUSALS = [undefined, 'customer_duplicate', 'customer_identity_claimed'];

t.test('however reads and appends interleave, an identity is never held by two, and who loses is told why', async (t) => {
  const seed = Date.now() % 2 ** 31;
  t.comment(`seed ${seed}`);
  let registrations = 0;
  await fc.assert(fc.asyncProperty(fc.scheduler(), scripts, async (scheduler, script) => {
    const { refusals, doubles, registered } = await race(scheduler, script, true);
    registrations += registered;
    return doubles === 0 && refusals.every((why) => REFUSALS.includes(why));
  }), { seed, numRuns: 150 });
  t.ok(registrations >= 100, `${registrations} came through`);
});

t.test('control: without the fence the same races end in doubles', async (t) => {
  const found = await fc.check(fc.asyncProperty(fc.scheduler(), scripts, async (scheduler, script) => (await race(scheduler, script, false)).doubles === 0), { seed: 7, numRuns: 2_000 });
  t.ok(found.failed, 'a late registration comes through');
});
