import http from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { HttpAnswer } from '../../import/http-exchange.js';

export const EVENT_STREAM = 'text/event-stream';
export const isEventStream = (type: string | undefined): boolean => type?.startsWith(EVENT_STREAM) === true;

/** Until something has come: for who is told nothing, how long one listens. */
const FIRST_WITHIN_MS = 1_500;
/** What there was before comes at once. */
const QUIET_MS = 300;

/** What a stream of events tells at first: it is left when nothing more comes. Any other answer whole. */
export async function readEventStream(method: string, url: string, headers: Readonly<Record<string, string>>): Promise<Omit<HttpAnswer, 'retryAfterSeconds'>> {
  const request = http.request(url, { method, agent: false, headers }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const { statusCode: status = 0, headers: answered } = response;
  if (!isEventStream(answered['content-type'])) return { status, headers: answered, body: await text(response) };
  let body = '';
  let quiet = setTimeout(() => request.destroy(), FIRST_WITHIN_MS);
  response.setEncoding('utf8').on('data', (more: string) => {
    body += more;
    if (eventsIn(body).length === 0) return;
    clearTimeout(quiet);
    quiet = setTimeout(() => request.destroy(), QUIET_MS);
  });
  await new Promise((resolve) => response.on('error', () => {}).once('close', resolve));
  clearTimeout(quiet);
  return { status, headers: answered, body };
}

/** The data of each event. */
export const eventsIn = (stream: string): string[] => [...stream.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!);
