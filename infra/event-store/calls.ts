/** The thin layer between gRPC calls, whose messages are plain buffers here, and the log. */
import { status } from '@grpc/grpc-js';
import type { handleBidiStreamingCall, handleClientStreamingCall, handleServerStreamingCall, handleUnaryCall, MethodDefinition, ServerErrorResponse, ServerWritableStream } from '@grpc/grpc-js';
import type { Log } from './log.js';
import { Refused } from './reading.js';
import type { Subscriber } from './subscribing.js';
import { grpcErrorOf } from './refusals.js';
import { MalformedMessage } from './wire.js';

export type Unary = handleUnaryCall<Buffer, Buffer>;
export type ClientStreaming = handleClientStreamingCall<Buffer, Buffer>;
export type ServerStreaming = handleServerStreamingCall<Buffer, Buffer>;
export type BidiStreaming = handleBidiStreamingCall<Buffer, Buffer>;

const identity = (message: Buffer): Buffer => message;

export const method = (path: string, kind: { readonly requestStream: boolean; readonly responseStream: boolean }): MethodDefinition<Buffer, Buffer> => ({
  path,
  ...kind,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});

export const UNAVAILABLE: Partial<ServerErrorResponse> = { code: status.UNAVAILABLE, details: 'the event store is not available' };

/** Any error of ours as the gRPC status that a client understands. Whatever is not our own saying means that the database failed us. */
export const statusOf = (error: unknown): Partial<ServerErrorResponse> => {
  if (error instanceof Refused) return grpcErrorOf(error.refusal);
  if (error instanceof MalformedMessage) return { code: status.INVALID_ARGUMENT, details: error.message };
  return UNAVAILABLE;
};

/** A reader's end of a server-streaming call: room for the next message, wake-ups, and the moment the reader has gone. */
export class ReaderCall implements Subscriber {
  gone = false;
  private wake: (() => void) | undefined;
  private readonly stopListening: () => void;

  constructor(private readonly call: ServerWritableStream<Buffer, Buffer>, log: Log) {
    const leave = (): void => {
      this.gone = true;
      this.rouse();
    };
    call.on('cancelled', leave);
    call.on('close', leave);
    call.on('drain', () => this.rouse());
    this.stopListening = log.onCommit(() => this.rouseFor('commit'));
  }

  private waitingFor: 'commit' | 'room' | undefined;

  send(message: Buffer): boolean | Promise<boolean> {
    if (this.gone) return false;
    if (this.call.write(message)) return true;
    return this.wait('room').then(() => !this.gone);
  }

  nextCommit(): Promise<void> {
    return this.gone ? Promise.resolve() : this.wait('commit');
  }

  finish(error?: Partial<ServerErrorResponse>): void {
    this.stopListening();
    if (this.gone) return;
    this.gone = true;
    if (error === undefined) this.call.end();
    else this.call.emit('error', error);
    this.rouse();
  }

  private wait(reason: 'commit' | 'room'): Promise<void> {
    this.waitingFor = reason;
    return new Promise((resolve) => (this.wake = resolve));
  }

  private rouseFor(reason: 'commit' | 'room'): void {
    if (this.waitingFor === reason) this.rouse();
  }

  private rouse(): void {
    const wake = this.wake;
    this.wake = undefined;
    this.waitingFor = undefined;
    wake?.();
  }
}
