import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { createCodec } from '../../shared/events/codec.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { shipLeftovers } from './leftovers.js';
import { storedAccesses } from './testing/stored-accesses.js';

const READERS = 16;
const READS_BEFORE_THE_END = 400;
const ID = '0198a7c2-0000-7000-8000-00000000000a';

/** Reads until the process is killed in the middle; the request ids that were answered, and all that were sent. */
async function readUntilKilled(t: Test, folder: string, ...how: string[]) {
  const child = spawn(process.execPath, [path.resolve('dist/services/accesses/testing/reading-process.js'), folder, ...how], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const sent = new Set<string>();
  const answered = new Set<string>();
  const read = async (): Promise<void> => {
    for (;;) {
      const requestId = randomUUID();
      sent.add(requestId);
      try {
        const answer = await fetch(`http://127.0.0.1:${port.trim()}/v1/people/${ID}`, { headers: { 'x-correlation-id': requestId } });
        await answer.text();
        if (answer.status === 200) answered.add(requestId);
      } catch {
        return;
      }
      if (answered.size >= READS_BEFORE_THE_END) child.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return { sent, answered };
}

async function recordedBy(folder: string): Promise<string[]> {
  const store = memoryEventStore();
  const options = { store, codec: createCodec(createMemoryVault()), folder, except: '', isRunning: () => false, onShipped: () => {}, logger: pino({ level: 'silent' }) };
  await shipLeftovers(options);
  await shipLeftovers(options);
  return (await storedAccesses(store)).map(({ access }) => access.requestId);
}

t.test('of a process killed in the middle of reads every answered one is in the log, exactly once', { timeout: 60_000 }, async (t) => {
  const folder = t.testdir();
  const { sent, answered } = await readUntilKilled(t, folder);
  const recorded = await recordedBy(folder);
  t.ok(answered.size >= READS_BEFORE_THE_END, `${answered.size} of ${sent.size} were answered`);
  t.equal(new Set(recorded).size, recorded.length, 'none twice');
  t.same([...answered].filter((id) => !recorded.includes(id)), [], 'none is missing');
  t.same(recorded.filter((id) => !sent.has(id)), [], 'none was made up');
});

t.test('control: where answers do not wait for their records, some are missing', { timeout: 60_000 }, async (t) => {
  const folder = t.testdir();
  const { answered } = await readUntilKilled(t, folder, 'late');
  const recorded = new Set(await recordedBy(folder));
  t.ok([...answered].some((id) => !recorded.has(id)));
});
