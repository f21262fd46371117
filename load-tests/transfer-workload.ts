import { setTimeout as pause } from 'node:timers/promises';
import type { Created } from '../infra/demonstration/http-client.js';
import type { Attempt } from './transfer-history.js';

export interface WorkloadOptions {
  readonly url: string;
  readonly token: string;
  readonly accounts: readonly string[];
  readonly workers: number;
  /** Workers stop taking new transfers when it aborts; those begun are followed to a definite answer, up to `settleMs`. */
  readonly signal: AbortSignal;
  readonly settleMs: number;
  readonly random: () => number;
  /** Longest pause of a worker between two transfers; without one they take all the machine has, and what is tested beside them crawls. */
  readonly thinkMs?: number;
  /** Prefix of the idempotency keys; one run, one prefix. */
  readonly run: string;
}

const REQUEST_DEADLINE_MS = 5_000;
const RETRY_PAUSE_MS = 50;

/** Workers that transfer between random accounts, one at a time each; an outage is answered by the same request with the same key. */
export async function runTransfers(options: WorkloadOptions): Promise<Attempt[]> {
  const { signal, random, thinkMs = 0 } = options;
  const attempts: Attempt[] = [];
  let sequence = 0;
  const worker = async (): Promise<void> => {
    while (!signal.aborted) {
      attempts.push(await transfer(options, `${options.run}-${sequence++}`));
      if (thinkMs > 0) await pause(random() * thinkMs);
    }
  };
  await Promise.all(Array.from({ length: options.workers }, worker));
  return attempts;
}

async function transfer({ url, token, accounts, signal, settleMs, random }: WorkloadOptions, key: string): Promise<Attempt> {
  const pick = (): string => accounts[Math.floor(random() * accounts.length)]!;
  const from = pick();
  const others = accounts.filter((account) => account !== from);
  const to = others[Math.floor(random() * others.length)]!;
  const minor = BigInt(1 + Math.floor(random() * 500));
  const body = JSON.stringify({ from, to, money: { amount: `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`, currency: 'CNY' } });
  let stopAt: number | undefined;
  for (;;) {
    if (signal.aborted) stopAt ??= Date.now() + settleMs;
    if (stopAt !== undefined && Date.now() > stopAt) return { key, from, to, minor, outcome: { kind: 'unknown' } };
    try {
      const response = await fetch(`${url}/v1/transfers`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
        body,
        signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
      });
      const answer = (await response.json()) as Partial<Created> & { code?: string };
      if (response.status === 201) return { key, from, to, minor, outcome: { kind: 'answered', id: answer.id!, position: BigInt(answer.position!) } };
      if (response.status < 500) return { key, from, to, minor, outcome: { kind: 'refused', code: answer.code ?? String(response.status) } };
    } catch {
      // No answer: the same key is sent again, which is what makes it safe.
    }
    await pause(RETRY_PAUSE_MS);
  }
}
