/** BatchAppend: one long-lived call carries many appends at once, each under its correlation id, answered as they are stored. */
import type { ServerDuplexStream, ServerErrorResponse } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { statusOf, UNAVAILABLE } from './calls.js';
import type { BidiStreaming } from './calls.js';
import type { Outcome } from './decide-write.js';
import { MAX_APPEND_BYTES } from './log.js';
import type { Log } from './log.js';
import type { AppendOptions, ProposedEvent } from './requests.js';
import { batchPartOf } from './requests.js';
import { batchEmptySuccess, batchRefusal, batchSuccess } from './responses.js';
import type { Refusal } from './refusals.js';

/** The server's own limit on how long an append may take, whatever the client grants. */
export const WRITE_TIMEOUT_MS = 2_000;
/** Of an append whose messages are still arriving. */
const MAX_UNFINISHED_BYTES = 16 * 1024 * 1024;
const MAX_STREAM_NAME_BYTES = 2_000;

export const sizeOf = (events: readonly ProposedEvent[]): { readonly data: number; readonly all: number } => {
  let data = 0;
  let all = 0;
  for (const event of events) {
    data += event.data.length;
    all += event.data.length + event.metadata.length + 100;
  }
  return { data, all };
};

/** What can be refused without looking at the log. */
export const refusalOf = (options: AppendOptions, dataBytes: number): Refusal | undefined => {
  if (options.stream === '' || options.stream.includes('\0')) return { kind: 'invalid', message: 'a stream needs a name without zero characters' };
  if (Buffer.byteLength(options.stream) > MAX_STREAM_NAME_BYTES) return { kind: 'invalid', message: `a stream's name is at most ${MAX_STREAM_NAME_BYTES} bytes` };
  return dataBytes > MAX_APPEND_BYTES ? { kind: 'too-large', limit: MAX_APPEND_BYTES } : undefined;
};

interface Unfinished {
  readonly options: AppendOptions;
  readonly events: ProposedEvent[];
}

export const batchAppend = (log: Log, open: Set<ServerDuplexStream<Buffer, Buffer>>): BidiStreaming => (call) => {
  if (!log.available) {
    call.emit('error', UNAVAILABLE);
    return;
  }
  open.add(call);
  const unfinished = new Map<string, Unfinished>();
  let unfinishedBytes = 0;
  let over = false;
  const fail = (error: Partial<ServerErrorResponse>): void => {
    if (over) return;
    leave();
    call.emit('error', error);
  };
  const stopListening = log.onDown(() => fail(UNAVAILABLE));
  const leave = (): void => {
    over = true;
    stopListening();
    open.delete(call);
    unfinished.clear();
  };
  const send = (message: Buffer): void => {
    if (!over) call.write(message);
  };

  const submit = (correlationId: string, { options, events }: Unfinished): void => {
    const { stream, expected, deadlineAt } = options;
    const bytes = sizeOf(events);
    const refusal = refusalOf(options, bytes.data);
    if (refusal !== undefined) return send(batchRefusal(correlationId, stream, refusal));
    if (events.length === 0) return send(batchEmptySuccess(correlationId, stream));
    log.write({
      request: { kind: 'append', stream, expected, events },
      bytes: bytes.all,
      deadlineAt: Math.min(deadlineAt ?? Infinity, Date.now() + WRITE_TIMEOUT_MS),
      answer: (outcome: Outcome) => {
        if (outcome.kind === 'written') send(batchSuccess(correlationId, stream, outcome.written));
        // Whether it was stored may be unknown: the whole call fails, so that the client takes nothing for refused.
        else if (outcome.kind === 'unavailable') fail(UNAVAILABLE);
        else send(batchRefusal(correlationId, stream, outcome));
      },
    });
  };

  call.on('data', (message: Buffer) => {
    if (over) return;
    try {
      const part = batchPartOf(message);
      let append = unfinished.get(part.correlationId);
      if (append === undefined) {
        if (part.options === undefined) throw new TypeError('the first message of an append must carry its options');
        append = { options: part.options, events: [...part.events] };
      } else append.events.push(...part.events);
      if (part.final) {
        if (unfinished.delete(part.correlationId) && unfinished.size === 0) unfinishedBytes = 0;
        submit(part.correlationId, append);
      } else {
        unfinished.set(part.correlationId, append);
        unfinishedBytes += message.length;
        if (unfinishedBytes > MAX_UNFINISHED_BYTES) fail({ code: status.RESOURCE_EXHAUSTED, details: 'too much data in unfinished appends' });
      }
    } catch (error) {
      fail(error instanceof TypeError ? { code: status.INVALID_ARGUMENT, details: error.message } : statusOf(error));
    }
    if (log.full && !call.isPaused()) {
      call.pause();
      log.onRoom(() => call.resume());
    }
  });
  // The client closes its side only when it is done for good.
  call.on('end', () => {
    if (over) return;
    leave();
    call.end();
  });
  call.on('cancelled', leave);
};
