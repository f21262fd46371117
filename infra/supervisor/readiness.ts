import { setTimeout as pause } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import { HttpExchange } from '../import/http-exchange.js';

const ASK_MS = 5_000;

interface Health {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** Waits until the bank says that it is ready; what is still missing after that time, or undefined. */
export async function whyUnready(url: string, withinMs: number, tls?: SecureContextOptions): Promise<string | undefined> {
  const exchange = new HttpExchange(url, ASK_MS, tls);
  const deadline = Date.now() + withinMs;
  for (;;) {
    const why = await ask(exchange);
    if (why === undefined || Date.now() >= deadline) return why;
    await pause(200);
  }
}

async function ask(exchange: HttpExchange): Promise<string | undefined> {
  try {
    const { status, body } = await exchange.send('GET', '/health/ready', {});
    const { parts } = JSON.parse(body) as Health;
    return status === 200 ? undefined : Object.entries(parts).filter(([, state]) => state !== 'ok').map(([part, state]) => `${part}: ${state}`).join('; ');
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
