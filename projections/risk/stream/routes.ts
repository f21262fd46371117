import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { nothingTold } from '../../../shared/access/told.js';
import { decideAccess, reachOf, type Rights } from '../../../shared/access/rights.js';
import { accessOf, type AccessLog } from '../../../shared/http/access-record.js';
import type { Authenticate } from '../../../shared/http/authentication.js';
import { Refusal } from '../../../shared/http/context.js';
import { shownTo } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import { RequestInvalid } from '../../../shared/http/validation.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { alertItemSchema } from '../routes.js';
import type { AlertNews } from './alert-news.js';
import { after, alertsAfter, placeOf, placeText, type Place } from './alerts-after.js';

export interface AlertStreamOptions {
  readonly store: ReadStore;
  readonly news: AlertNews;
  readonly accessLog: AccessLog;
  /** Asked again while a stream is open: it ends with the token, the session or the right that it was opened with. */
  readonly authenticate: Authenticate;
  readonly heartbeatMs?: number;
  /** How long one answer goes on at most; clients resume. */
  readonly longestMs?: number;
  readonly most?: number;
}

const PAGE = 100;

/** What a reader is sent is read when it takes it, a page at a time: a slow one holds no more than that. */
export function alertStreamRoutes({ store, news, accessLog, authenticate, heartbeatMs = 15_000, longestMs = 300_000, most = 200 }: AlertStreamOptions): RouteModule {
  let open = 0;

  /** The rights that somebody has now; undefined where they may not read any more. */
  async function rightsNow(request: FastifyRequest): Promise<Rights | undefined> {
    try {
      const { rights } = await authenticate(request);
      return decideAccess(rights, { permission: 'risk.read' }) === undefined ? rights : undefined;
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  async function* eventsFor(request: FastifyRequest, begin: Place, signal: AbortSignal): AsyncGenerator<string> {
    let place = begin;
    // A snooze that ended may have told more at the very position.
    let upTo = begin.told - 1n;
    let rights: Rights | undefined = request.principal.rights;
    let checkedAt = performance.now();
    const endsAt = checkedAt + longestMs;
    yield 'retry: 1000\n\n';
    while (!signal.aborted && !news.isOver && performance.now() < endsAt) {
      const reached = await news.beyond(upTo, Math.min(heartbeatMs, endsAt - performance.now()), signal);
      if (signal.aborted || news.isOver) return;
      if (performance.now() - checkedAt >= heartbeatMs || reached === upTo) {
        rights = await rightsNow(request);
        checkedAt = performance.now();
        if (rights === undefined) return;
      }
      if (reached === upTo) yield ':\n\n';
      upTo = reached;
      for (let full = true; full && !signal.aborted;) {
        const alerts = await alertsAfter(store, place, upTo, reachOf(rights, 'risk.read'), PAGE);
        full = alerts.length === PAGE;
        place = full ? alerts.at(-1)!.place : after(upTo);
        if (alerts.length > 0) yield await shownText(request, alerts);
      }
    }
  }

  /** In the access log before it is sent, as any answer is. */
  async function shownText(request: FastifyRequest, alerts: Awaited<ReturnType<typeof alertsAfter>>): Promise<string> {
    request.told = nothingTold();
    const text = alerts.map(({ place, item }) => `id: ${placeText(place)}\nevent: alert\ndata: ${JSON.stringify(shownTo(request, item))}\n\n`).join('');
    await accessLog.record(accessOf(request, 200, undefined));
    return text;
  }

  return {
    name: 'risk-alert-stream',
    description: 'Risk alerts as they come',
    rejections: [],
    routes(server) {
      server.get('/v1/risk/alerts/stream', {
        exposeHeadRoute: false,
        config: { access: { permission: 'risk.read' } },
        schema: {
          tags: ['risk'], summary: 'Alerts within reach as they come: server-sent events', produces: ['text/event-stream'], response: { 200: alertItemSchema },
          description: 'Each event is named `alert`, its data is one line of JSON. Its id is the log position at which it is told: sent back as Last-Event-ID the stream goes on after it, without it at the present. '
            + 'What came while a case was snoozed is told when the snooze ends. The stream ends after minutes, and with the token or the right it was opened with: open it again with the last id.',
        },
      }, async (request, reply) => {
        const sent = request.headers['last-event-id'];
        const resumed = sent === undefined ? undefined : typeof sent === 'string' ? placeOf(sent) : undefined;
        if (sent !== undefined && resumed === undefined) throw new RequestInvalid([{ pointer: 'header:Last-Event-ID', code: 'format', detail: 'must be the id of an event of this stream' }]);
        if (open >= most) throw new Refusal({ code: 'overloaded', detail: 'too many streams are open' }, 5);
        const begin = resumed ?? after(await news.present());
        open++;
        const gone = new AbortController();
        const stream = Readable.from(eventsFor(request, begin, gone.signal), { objectMode: false, highWaterMark: 16_384 });
        reply.raw.once('close', () => {
          gone.abort();
          stream.destroy();
          open--;
        });
        // A connection that served a stream is not kept: it would hold up whoever stops the bank.
        return reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-store').header('x-accel-buffering', 'no').header('connection', 'close').send(stream as never);
      });
    },
  };
}
