import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Refusal } from './context.js';
import { tooSlow } from './request-deadline.js';
import { RequestInvalid } from './validation.js';
import type { ToProblem } from './problems.js';

const LINGER_MS = 2_000;

/** Answers what is not even HTTP (or came too slowly) with a problem, and closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket, toProblem: ToProblem, headers: Readonly<Record<string, string>>): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = toProblem(refusalOf(error.code));
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}content-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
  // A client that does not close its side may not hold the connection.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function refusalOf(code: string | undefined): Error {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return tooSlow();
    case 'HPE_HEADER_OVERFLOW':
      return new Refusal({ code: 'headers_too_large' });
    default:
      return new RequestInvalid([], 'the request is not well-formed HTTP');
  }
}
