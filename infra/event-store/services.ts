/** The gRPC services that the client uses, over one log. What is not here answers UNIMPLEMENTED. */
import { randomUUID } from 'node:crypto';
import type { ServerDuplexStream, UntypedHandleCall } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { batchAppend, refusalOf, sizeOf, WRITE_TIMEOUT_MS } from './batch-append.js';
import { method, ReaderCall, statusOf, UNAVAILABLE } from './calls.js';
import type { ClientStreaming, ServerStreaming, Unary } from './calls.js';
import type { Outcome } from './decide-write.js';
import type { Log } from './log.js';
import type { LogReader } from './log-reader.js';
import { readRequestOf } from './read-requests.js';
import { readAll, readStream, Refused } from './reading.js';
import { appendRefusalOf, grpcErrorOf } from './refusals.js';
import { appendPartOf, deleteRequestOf } from './requests.js';
import type { AppendOptions, ProposedEvent } from './requests.js';
import { appendSuccess, clusterOfOne, deleteSuccess, supportedMethods } from './responses.js';
import { subscribeAll, subscribeStream } from './subscribing.js';

const SERVER_VERSION = '24.6.0.0';
const STREAMS = '/event_store.client.streams.Streams/';

export interface Services {
  readonly log: Log;
  readonly reader: LogReader;
  /** Open calls, for shutting down. */
  readonly batches: Set<ServerDuplexStream<Buffer, Buffer>>;
  readonly readers: Set<ReaderCall>;
  /** Where clients that discover the cluster are sent. */
  readonly address: () => { readonly host: string; readonly port: number };
}

const read = ({ log, reader, readers }: Services): ServerStreaming => (call) => {
  if (!log.available) {
    call.emit('error', UNAVAILABLE);
    return;
  }
  const answer = new ReaderCall(call, log);
  readers.add(answer);
  const serve = async (): Promise<void> => {
    const request = readRequestOf(call.request);
    const { stream } = request;
    if (request.limit === 'subscription') {
      await (stream === undefined ? subscribeAll(log, reader, request, answer) : subscribeStream(log, reader, { ...request, stream }, answer));
    } else if (stream === undefined) await readAll(log, reader, request, answer);
    else {
      if (stream === '' || stream.includes('\0')) throw new Refused({ kind: 'invalid', message: 'a stream needs a name' });
      await readStream(log, reader, { ...request, stream }, answer);
    }
  };
  serve().then(
    () => answer.finish(),
    (error: unknown) => answer.finish(statusOf(error)),
  ).finally(() => readers.delete(answer));
};

const append = ({ log }: Services): ClientStreaming => (call, callback) => {
  let options: AppendOptions | undefined;
  const events: ProposedEvent[] = [];
  let failed = false;
  const fail = (error: unknown): void => {
    if (!failed) callback(statusOf(error));
    failed = true;
  };
  call.on('data', (message: Buffer) => {
    try {
      const part = appendPartOf(message);
      if ('stream' in part) options = part;
      else events.push(part);
    } catch (error) {
      fail(error);
    }
  });
  call.on('end', () => {
    if (failed) return;
    if (options === undefined) return fail(new Refused({ kind: 'invalid', message: 'an append without options' }));
    const bytes = sizeOf(events);
    const refusal = refusalOf(options, bytes.data);
    if (refusal !== undefined) return fail(new Refused(refusal));
    if (events.length === 0) return callback(null, appendSuccess(undefined));
    log.write({
      request: { kind: 'append', stream: options.stream, expected: options.expected, events },
      bytes: bytes.all,
      deadlineAt: Math.min(deadlineOf(call.getDeadline()), Date.now() + WRITE_TIMEOUT_MS),
      answer: (outcome) => {
        if (outcome.kind === 'written') callback(null, appendSuccess(outcome.written));
        else if (outcome.kind === 'wrong-expected-version') callback(null, appendRefusalOf(outcome));
        else callback(grpcErrorOf(outcome));
      },
    });
  });
};

const deadlineOf = (deadline: Date | number): number => (typeof deadline === 'number' ? deadline : deadline.getTime());

const ending = ({ log }: Services, kind: 'delete' | 'tombstone'): Unary => (call, callback) => {
  try {
    const { stream, expected } = deleteRequestOf(call.request);
    const refusal = refusalOf({ stream, expected, deadlineAt: undefined }, 0);
    if (refusal !== undefined) throw new Refused(refusal);
    const answer = (outcome: Outcome): void => {
      if (outcome.kind === 'written') callback(null, deleteSuccess(outcome.written.position));
      else callback(grpcErrorOf(outcome));
    };
    log.write({ request: { kind, stream, expected }, bytes: 200, deadlineAt: Math.min(deadlineOf(call.getDeadline()), Date.now() + WRITE_TIMEOUT_MS), answer });
  } catch (error) {
    callback(statusOf(error));
  }
};

/** Paths with the handler each gets. */
export const handlersOf = (services: Services): readonly { readonly definition: ReturnType<typeof method>; readonly handler: UntypedHandleCall }[] => {
  const instanceId = randomUUID();
  const unary = { requestStream: false, responseStream: false };
  const features: Unary = (_call, callback) => callback(null, supportedMethods(SERVER_VERSION));
  const gossip: Unary = (_call, callback) => {
    const { host, port } = services.address();
    callback(services.log.available ? null : { code: status.UNAVAILABLE, details: 'not available' }, clusterOfOne(instanceId, host, port));
  };
  return [
    { definition: method(`${STREAMS}Read`, { requestStream: false, responseStream: true }), handler: read(services) },
    { definition: method(`${STREAMS}Append`, { requestStream: true, responseStream: false }), handler: append(services) },
    { definition: method(`${STREAMS}BatchAppend`, { requestStream: true, responseStream: true }), handler: batchAppend(services.log, services.batches) },
    { definition: method(`${STREAMS}Delete`, unary), handler: ending(services, 'delete') },
    { definition: method(`${STREAMS}Tombstone`, unary), handler: ending(services, 'tombstone') },
    { definition: method('/event_store.client.server_features.ServerFeatures/GetSupportedMethods', unary), handler: features },
    { definition: method('/event_store.client.gossip.Gossip/Read', unary), handler: gossip },
  ];
};
