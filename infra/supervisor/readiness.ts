import { setTimeout as pause } from 'node:timers/promises';

interface Health {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** Waits until the bank says that it is ready; what is still missing after that time, or undefined. */
export async function whyUnready(url: string, withinMs: number): Promise<string | undefined> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const why = await ask(url);
    if (why === undefined || Date.now() >= deadline) return why;
    await pause(200);
  }
}

async function ask(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    const { parts } = (await answer.json()) as Health;
    return answer.ok ? undefined : Object.entries(parts).filter(([, state]) => state !== 'ok').map(([part, state]) => `${part}: ${state}`).join('; ');
  } catch (error) {
    return `the API does not answer: ${String(error)}`;
  }
}

/** Where a server that listens on this address is reached from its own machine. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
