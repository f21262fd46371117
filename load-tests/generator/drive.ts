import { setTimeout as pause } from 'node:timers/promises';
import type { LoadBank } from '../load-bank.js';
import type { Answer, Ask, Client, Scenario } from '../scenarios/scenario.js';
import { Connection } from './connection.js';
import { Recorder } from './recorder.js';

export interface Driven {
  readonly recorder: Recorder;
  readonly seconds: number;
  /** At a fixed rate: moments of the schedule that nobody was free for until long after the round. */
  readonly unsent: number;
}

export interface DriveOptions {
  readonly seconds: number;
  readonly connections: number;
  /** Asks a second, evenly spaced, whether or not those before were answered. Closed loop where absent: each client asks again when it was answered. */
  readonly rate?: number;
}

const POLL_MS = 10;
const ASKED_FOR_MS = 60_000;
const LATE_MS = 10_000;

/**
 * Clients of a scenario, one connection each. At a fixed rate an ask's latency begins when the schedule had it due, also when every client was still waiting for an answer then:
 * what the bank was slow to answer is not left out of the figures (coordinated omission).
 */
export async function drive(bank: LoadBank, scenario: Scenario, { seconds, connections, rate }: DriveOptions): Promise<Driven> {
  const recorder = new Recorder();
  const { hostname, port } = new URL(bank.under.url);
  const opened: Connection[] = [];
  const begun = performance.now();
  const until = begun + seconds * 1_000;
  const schedule = rate === undefined ? undefined : new Schedule(begun, until, rate);
  const watch = setInterval(() => {
    for (const connection of opened) connection.giveUp(performance.now());
  }, 1_000);
  try {
    await Promise.all(Array.from({ length: connections }, async (_, number) => {
      const connection = new Connection(hostname, Number(port), `Bearer ${bank.under.token}`);
      opened.push(connection);
      // Clients that think begin spread over the first second, not all at once.
      if (scenario.paced === 'clients') await pause(bank.random() * Math.min(1_000, seconds * 500));
      await live(scenario.client(bank, number), connection, recorder, until, schedule);
    }));
  } finally {
    clearInterval(watch);
    for (const connection of opened) connection.close();
  }
  return { recorder, seconds: Math.max(seconds, (performance.now() - begun) / 1_000), unsent: schedule?.unsent ?? 0 };
}

async function live(client: Client, connection: Connection, recorder: Recorder, until: number, schedule: Schedule | undefined): Promise<void> {
  let answer: Answer = { status: 0, body: '' };
  for (;;) {
    const step = client.next(answer).value;
    if ('thinkMs' in step) {
      await pause(Math.max(0, Math.min(step.thinkMs, until - performance.now())));
      if (performance.now() >= until) return;
      continue;
    }
    let due = performance.now();
    if (!step.atOnce) {
      const given = schedule ? await schedule.moment() : due;
      if (given === undefined || given >= until) return;
      due = given;
    }
    answer = await asked(connection, step);
    recorder.answered(step, answer, (performance.now() - due) * 1_000);
  }
}

async function asked(connection: Connection, { method, path, body, key, until }: Ask): Promise<Answer> {
  const headers = key === undefined ? '' : `idempotency-key: ${key}\r\n`;
  const begun = performance.now();
  for (;;) {
    const answer = await connection.send(method, path, body, headers);
    if (until === undefined || answer.status === 0 || until(answer) || performance.now() - begun > ASKED_FOR_MS) return answer;
    await pause(POLL_MS);
  }
}

/** Moments at a fixed distance, each given to one who asks; undefined when there are no more. */
class Schedule {
  #given = 0;

  constructor(private readonly begun: number, private readonly until: number, private readonly rate: number) {}

  async moment(): Promise<number | undefined> {
    const due = this.begun + (this.#given * 1_000) / this.rate;
    if (due >= this.until || performance.now() > this.until + LATE_MS) return undefined;
    this.#given++;
    const early = due - performance.now();
    if (early > 0) await pause(early);
    return due;
  }

  get unsent(): number {
    return Math.max(0, Math.ceil(((this.until - this.begun) * this.rate) / 1_000) - this.#given);
  }
}
