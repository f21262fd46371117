import { pino, type Logger } from 'pino';

/** JSON lines on standard output. Nothing personal and no secret is ever logged; what might slip in by a header is cut here. */
export function createLogger({ logLevel }: { readonly logLevel: string }, role: string): Logger {
  return pino({
    level: logLevel,
    base: { role, pid: process.pid },
    redact: ['req.headers.authorization', 'headers.authorization', '*.password', '*.token'],
  });
}
