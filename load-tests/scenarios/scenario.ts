import type { BaselineShape } from '../baseline/baseline.js';
import type { LoadBank } from '../load-bank.js';

/** What a simulated client does next. */
export type Step = Ask | Think;

export interface Think {
  readonly thinkMs: number;
}

export interface Ask {
  /** What its latency is counted under. */
  readonly kind: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** The idempotency key of what moves money, and what it moves. */
  readonly key?: string;
  readonly moves?: readonly Move[];
  /** At a fixed rate: sent as soon as the answer before it came, not at the next moment of the schedule. */
  readonly atOnce?: true;
  /** Asked again until this holds; its latency is that of all of it. */
  readonly until?: (answer: Answer) => boolean;
}

/** A hold goes to `hold`; the bank's own side is `bank`. Minor units. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly minor: bigint;
}

export interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly body: string;
}

/** One client: it yields what to do and is given each answer. Endless; the load stops asking. */
export type Client = Generator<Step, never, Answer>;

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

export interface Scenario {
  readonly name: string;
  /** What is done, in one sentence. */
  readonly about: string;
  /** Accounts that the bank must have been founded with, at least. */
  readonly accounts: number;
  /** And customers; two for three accounts where absent. */
  readonly customers?: number;
  readonly connections: number;
  /** The kinds of asks that throughput counts, and how many transfers one of them is. */
  readonly counted: readonly string[];
  readonly transfersEach?: number;
  /** The same on plain Postgres with row locks, where there is such a thing. */
  readonly baseline?: BaselineShape;
  /** `clients`: they think between what they do, so there is neither a top speed nor a fixed rate; `rate`: only the fixed rate tells something. Both where absent. */
  readonly paced?: 'clients' | 'rate';
  /** Before the warm-up, with figures of its own where it measures any. */
  prepare?(bank: LoadBank): Promise<readonly Figure[]>;
  client(bank: LoadBank, number: number): Client;
}
