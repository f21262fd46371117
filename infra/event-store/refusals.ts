/** Why a request was not done, and how each reason looks on the wire: in a BatchAppend answer, or as a gRPC status with trailers. */
import { Metadata, status } from '@grpc/grpc-js';
import type { ServerErrorResponse } from '@grpc/grpc-js';
import type { Expected } from './requests.js';
import { bytesField, messageField, textField, uintField } from './wire.js';

export type Refusal =
  | { readonly kind: 'wrong-expected-version'; readonly stream: string; readonly expected: Expected; readonly current: number | 'no-stream' }
  | { readonly kind: 'stream-deleted'; readonly stream: string }
  | { readonly kind: 'too-large'; readonly limit: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'unavailable'; readonly message: string };

const EMPTY = Buffer.alloc(0);
const TYPES = 'type.googleapis.com/event_store.client.';
/** What "the stream is tombstoned" looks like as a revision: the largest there is. */
export const TOMBSTONE_REVISION = 9223372036854775807n;

export const streamIdentifier = (field: number, stream: string): Buffer => messageField(field, textField(3, stream));

const rpcStatus = (code: number, message: string, type: string, detail: Buffer): Buffer =>
  Buffer.concat([uintField(1, code), textField(2, message), messageField(3, textField(1, TYPES + type), bytesField(2, detail))]);

const expectedField = (expected: Expected, fields: { exact: number; any: number; exists: number; none: number }): Buffer => {
  switch (expected) {
    case 'any':
      return bytesField(fields.any, EMPTY);
    case 'stream-exists':
      return bytesField(fields.exists, EMPTY);
    case 'no-stream':
      return bytesField(fields.none, EMPTY);
    default:
      return uintField(fields.exact, expected);
  }
};

const currentField = (current: number | 'no-stream', exact: number, none: number): Buffer =>
  current === 'no-stream' ? bytesField(none, EMPTY) : uintField(exact, current);

/** google.rpc.Status for the `error` of a BatchAppend answer. */
export const batchStatusOf = (refusal: Refusal): Buffer => {
  switch (refusal.kind) {
    case 'wrong-expected-version':
      return rpcStatus(status.ALREADY_EXISTS, 'WrongExpectedVersion', 'WrongExpectedVersion', Buffer.concat([
        currentField(refusal.current, 1, 2),
        expectedField(refusal.expected, { exact: 3, any: 4, exists: 5, none: 6 }),
      ]));
    case 'stream-deleted':
      return rpcStatus(status.NOT_FOUND, 'StreamDeleted', 'StreamDeleted', streamIdentifier(1, refusal.stream));
    case 'too-large':
      return rpcStatus(status.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', 'MaximumAppendSizeExceeded', uintField(1, refusal.limit));
    case 'timeout':
      return rpcStatus(status.DEADLINE_EXCEEDED, 'Timeout', 'Timeout', EMPTY);
    case 'invalid':
      return rpcStatus(status.INVALID_ARGUMENT, refusal.message, 'BadRequest', textField(1, refusal.message));
    case 'unavailable':
      return rpcStatus(status.UNKNOWN, refusal.message, 'Unknown', EMPTY);
  }
};

/** The `wrong_expected_version` of a classic Append answer, which is a normal response. */
export const appendRefusalOf = (refusal: Extract<Refusal, { kind: 'wrong-expected-version' }>): Buffer =>
  messageField(2, currentField(refusal.current, 6, 7), expectedField(refusal.expected, { exact: 8, any: 9, exists: 10, none: 11 }));

const legacyVersion = (expected: Expected): string => {
  switch (expected) {
    case 'no-stream':
      return '-1';
    case 'any':
      return '-2';
    case 'stream-exists':
      return '-4';
    default:
      return String(expected);
  }
};

const withTrailers = (code: status, details: string, trailers: Readonly<Record<string, string>>): Partial<ServerErrorResponse> => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) {
    // Trailers are Latin-1 at most: other names go as the client reads them, UTF-8 bytes shown as characters.
    metadata.set(key, Buffer.from(value, 'utf8').toString('latin1').replaceAll(/[^\x20-\x7e]/g, '?'));
  }
  return { code, details, metadata };
};

export const grpcErrorOf = (refusal: Refusal): Partial<ServerErrorResponse> => {
  switch (refusal.kind) {
    case 'wrong-expected-version':
      return withTrailers(status.FAILED_PRECONDITION, `Append failed due to WrongExpectedVersion. Stream: ${ascii(refusal.stream)}`, {
        exception: 'wrong-expected-version',
        'stream-name': refusal.stream,
        'expected-version': legacyVersion(refusal.expected),
        ...(refusal.current === 'no-stream' ? {} : { 'actual-version': String(refusal.current) }),
      });
    case 'stream-deleted':
      return withTrailers(status.FAILED_PRECONDITION, `Event stream '${ascii(refusal.stream)}' is deleted.`, {
        exception: 'stream-deleted',
        'stream-name': refusal.stream,
      });
    case 'too-large':
      return withTrailers(status.INVALID_ARGUMENT, `Maximum append size of ${refusal.limit} bytes exceeded.`, {
        exception: 'maximum-append-size-exceeded',
        'maximum-append-size': String(refusal.limit),
      });
    case 'timeout':
      return { code: status.ABORTED, details: 'Operation timed out' };
    case 'invalid':
      return { code: status.INVALID_ARGUMENT, details: ascii(refusal.message) };
    case 'unavailable':
      return { code: status.UNAVAILABLE, details: ascii(refusal.message) };
  }
};

const ascii = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?');
