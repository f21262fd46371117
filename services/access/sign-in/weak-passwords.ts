import { Worker } from 'node:worker_threads';

/** Why a password would be found soon. */
export type Weakness = 'known' | 'guessable';

/** Says whether attackers would find a password soon. `about`: words about the person, worthless in a password. No request leaves the bank. */
export type WeaknessOf = (password: string, about: readonly string[]) => Promise<Weakness | undefined>;

export interface JudgeQuestion {
  readonly id: number;
  readonly password: string;
  readonly about: readonly string[];
}

export interface JudgeAnswer {
  readonly id: number;
  readonly weakness: Weakness | undefined;
}

/**
 * By lists of passwords that leaked and of words. They are loaded (0.3 s, 33 MB) and searched (up to 0.3 s) on a thread of its own, because this one
 * keeps the ledger; the thread begins with the first password that is judged and keeps no process alive.
 */
export function listedPasswords(): WeaknessOf {
  const waiting = new Map<number, { resolve: (weakness: Weakness | undefined) => void; reject: (error: Error) => void }>();
  let thread: Worker | undefined;
  let last = 0;

  function begin(): Worker {
    const worker = new Worker(new URL('weak-password-judge.js', import.meta.url));
    const ended = (error: Error): void => {
      thread = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    worker.on('message', ({ id, weakness }: JudgeAnswer) => {
      waiting.get(id)?.resolve(weakness);
      waiting.delete(id);
      if (waiting.size === 0) worker.unref();
    });
    worker.on('error', ended);
    worker.on('exit', () => ended(new Error('the thread that judges passwords ended')));
    return worker;
  }

  return (password, about) =>
    new Promise((resolve, reject) => {
      thread ??= begin();
      const question: JudgeQuestion = { id: ++last, password, about };
      waiting.set(question.id, { resolve, reject });
      thread.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
      thread.postMessage(question);
    });
}
