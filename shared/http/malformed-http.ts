import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { RequestInvalid } from './validation.js';
import type { ToProblem } from './problems.js';

/** Answers what is not even HTTP (or came too slowly) with a problem, and closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket, toProblem: ToProblem): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const { body } = toProblem(new RequestInvalid([], 'the request is not well-formed HTTP, its headers are too large, or it came too slowly'));
  const text = JSON.stringify({ ...body, status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
