import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  readonly to: readonly string[];
  readonly raw: string;
}

/** A mail server on this machine, which answers for what it takes unless the test says otherwise. `onMail` comes before the answer. */
export async function mailServer(t: { teardown(handler: () => unknown): void }, { host = '127.0.0.1', onMail }: { readonly host?: string; readonly onMail?: (mail: Mail) => void } = {}) {
  const got: Mail[] = [];
  const state = { refusing: false };
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'], authOptional: true, logger: false,
    onData(stream, session, callback) {
      let raw = '';
      stream.on('data', (chunk: Buffer) => (raw += chunk.toString())).on('end', () => {
        if (state.refusing) return callback(Object.assign(new Error('come later'), { responseCode: 451 }));
        const mail = { to: session.envelope.rcptTo.map(({ address }) => address), raw };
        got.push(mail);
        onMail?.(mail);
        callback();
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, host);
  await once(server.server, 'listening');
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { got, state, port: (server.server.address() as AddressInfo).port };
}
