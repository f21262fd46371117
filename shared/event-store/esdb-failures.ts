/** Tells the client's many ways of failing apart. It throws its own errors, plain gRPC errors, and in two places a bare string. */
import {
  AccessDeniedError, MaxAppendSizeExceededError, StreamDeletedError, StreamNotFoundError, WrongExpectedVersionError,
} from '@eventstore/db-client';
import { isCommandError } from '@eventstore/db-client/dist/utils/CommandError.js';
import { StoreFailure } from './port.js';

const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

const codeOf = (error: unknown): number | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The failure as the port names it, for everything but the outcome of an append. */
export const failureOf = (error: unknown, doing: string): StoreFailure => {
  if (error instanceof StoreFailure) return error;
  return new StoreFailure(kindOf(error), `${doing}: ${messageOf(error)}`, {
    cause: error,
    ...(error instanceof WrongExpectedVersionError ? { actualRevision: actualOf(error) } : {}),
  });
};

const kindOf = (error: unknown): StoreFailure['kind'] => {
  if (error instanceof WrongExpectedVersionError) return 'wrong-expected-version';
  if (error instanceof StreamNotFoundError) return 'stream-not-found';
  if (error instanceof StreamDeletedError) return 'stream-tombstoned';
  if (error instanceof MaxAppendSizeExceededError) return 'too-large';
  if (error instanceof AccessDeniedError) return 'access-denied';
  switch (codeOf(error)) {
    case PERMISSION_DENIED:
    case UNAUTHENTICATED:
      return 'access-denied';
    case INVALID_ARGUMENT:
      return 'invalid';
    default:
      return 'unavailable';
  }
};

const actualOf = (error: WrongExpectedVersionError): bigint | 'no-stream' =>
  typeof error.actualVersion === 'bigint' && error.actualVersion >= 0n ? error.actualVersion : 'no-stream';

/** What a failed try to append says about whether it was stored. */
export type AppendVerdict =
  | { readonly kind: 'refused'; readonly failure: StoreFailure } // definite: not stored
  | { readonly kind: 'not-sent'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown };

export const verdictOf = (error: unknown, stream: string): AppendVerdict => {
  const failure = failureOf(error, `append to ${stream}`);
  switch (failure.kind) {
    case 'wrong-expected-version':
    case 'stream-tombstoned':
    case 'too-large':
    case 'access-denied':
    case 'invalid':
      return { kind: 'refused', failure };
    default:
      // A plain gRPC error comes from before the append's own call: asking for the server's features, discovering the cluster. The client's
      // own errors come from the call itself, and then nobody knows.
      return isPlainGrpcError(error) ? { kind: 'not-sent', error } : { kind: 'unknown', error };
  }
};

const isPlainGrpcError = (error: unknown): boolean => error instanceof Error && !isCommandError(error) && [CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE].includes(codeOf(error) ?? -1);

export { messageOf };
