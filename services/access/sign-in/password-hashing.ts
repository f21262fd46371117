import { hash, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { Refusal } from '../../../shared/http/context.js';

/** Makes and checks argon2id hashes, a bounded number at a time. Throws Refusal `overloaded` when too many wait. */
export interface PasswordHashing {
  hash(password: string): Promise<string>;
  /** Without a hash the same work is done and the answer is no: who asks cannot tell from the time whether there is such a person. */
  matches(hash: string | undefined, password: string): Promise<boolean>;
}

export interface HashingCost {
  readonly memoryKiB: number;
  readonly passes: number;
  /** At once, each on a thread of its own of the four that Node has for such work. */
  readonly atOnce: number;
  readonly mostWaiting: number;
}

/** About 80 ms of one core and 64 MiB each: two at a time leave the process its memory and its other threads. docs: README.md. */
export const HASHING_COST: HashingCost = { memoryKiB: 65_536, passes: 3, atOnce: 2, mostWaiting: 50 };

const ARGON2ID = 2;

export function passwordHashing(cost: HashingCost = HASHING_COST): PasswordHashing {
  const options = { algorithm: ARGON2ID, memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: 1 };
  const turn = turns(cost);
  let nobodys: Promise<string> | undefined;
  return {
    hash: (password) => turn(() => hash(normal(password), options)),
    async matches(known, password) {
      const compared = known ?? (await (nobodys ??= hash(randomBytes(32), options)));
      const same = await turn(() => verify(compared, normal(password)));
      return same && known !== undefined;
    },
  };
}

/** The same characters, however a keyboard composes them. */
const normal = (password: string): string => password.normalize('NFKC');

function turns({ atOnce, mostWaiting }: HashingCost): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= mostWaiting) throw new Refusal({ code: 'overloaded', detail: 'too many sign in at this moment' });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next(); // its turn is handed on, so nobody slips in between
      else running--;
    }
  };
}
