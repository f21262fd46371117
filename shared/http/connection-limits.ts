import type { Server } from 'node:net';
import { sourceOf } from './source-address.js';

export interface ConnectionLimits {
  /** At once. */
  readonly connections: number;
  /** At once from one address; proxies that are trusted have no limit of their own. */
  readonly connectionsPerAddress: number;
}

/** Closes connections beyond the limits before a byte of them is read. */
export function limitConnections(server: Server, { connections, connectionsPerAddress }: ConnectionLimits, isTrusted: (address: string) => boolean): void {
  server.maxConnections = connections;
  const open = new Map<string, number>();
  // TLS: before the handshake, which is what costs.
  server.prependListener('connection', (socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || isTrusted(remoteAddress)) return;
    const source = sourceOf(remoteAddress);
    const count = (open.get(source) ?? 0) + 1;
    if (count > connectionsPerAddress) {
      socket.destroy();
      return;
    }
    open.set(source, count);
    socket.once('close', () => {
      const left = open.get(source)! - 1;
      if (left === 0) open.delete(source);
      else open.set(source, left);
    });
  });
}
