import { createServer } from 'node:net';

/** Whether a server could listen on 127.0.0.1:port now. */
export const isPortFree = (port: number): Promise<boolean> => listen(port).then(() => true, () => false);

/** A port of 127.0.0.1 that was free a moment ago. Another program may take it in between: callers try again. */
export const freePort = (): Promise<number> => listen(0);

const listen = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
