import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface CuttableProxy {
  readonly port: number;
  /** Ends all connections and takes no new ones. */
  cut(): void;
  /** What the server says no longer arrives, though what it is told does. */
  muffle(): void;
  heal(): void;
  close(): Promise<void>;
}

/** A TCP proxy to a server on this machine, for tests that need its connection to fail. */
export const cuttableProxy = async (targetPort: number): Promise<CuttableProxy> => {
  const sockets = new Set<Socket>();
  let cutOff = false;
  let muffled = false;
  const server = createServer((client) => {
    if (cutOff) return client.destroy();
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('error', () => undefined);
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (!muffled) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      cutOff = true;
      endAll();
    },
    muffle: () => {
      muffled = true;
    },
    heal: () => {
      cutOff = false;
      muffled = false;
    },
    close: () => {
      endAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
