import type { Outbound } from '../../../shared/outbound/outbound.js';
import type { Endpoint } from './endpoints.js';
import { signedHeaders } from './signature.js';

export interface SignedMessage {
  /** Its webhook-id, by which a receiver knows a repeat. */
  readonly id: string;
  readonly type: 'risk.alert.raised' | 'ping';
  readonly timestamp: string;
  readonly data: object;
}

const ANSWER_WITHIN_MS = 10_000;

/** Why it was not taken; undefined where it was answered 2xx. */
export async function send(outbound: Outbound, { url, secrets }: Pick<Endpoint, 'url' | 'secrets'>, { id, ...message }: SignedMessage, at: Date, signal?: AbortSignal): Promise<string | undefined> {
  const body = JSON.stringify(message);
  const headers = { 'content-type': 'application/json', ...signedHeaders(id, Math.floor(at.getTime() / 1_000), body, secrets) };
  const deadline = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const status = await outbound.post(url, { headers, body, signal: signal ? AbortSignal.any([signal, deadline]) : deadline });
    return status >= 200 && status < 300 ? undefined : `answered ${status}`;
  } catch (error) {
    return `no answer: ${deadline.aborted ? 'too late' : ((error as { code?: unknown }).code?.toString() ?? 'failed')}`;
  }
}
