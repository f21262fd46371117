import { createHmac } from 'node:crypto';

/** The headers of the Standard Webhooks specification: one signature for each secret, so that receivers can change theirs at leisure. `at` in whole seconds. */
export function signedHeaders(id: string, at: number, body: string, secrets: readonly Buffer[]): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => `v1,${createHmac('sha256', secret).update(`${id}.${at}.${body}`).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signatures.join(' ') };
}
