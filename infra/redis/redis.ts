import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { readTls, type TlsFiles } from '../../shared/tls/tls-files.js';
import { keptPorts } from '../processes/loopback-ports.js';
import { startPart, type PartOptions, type RunningPart } from '../processes/running-part.js';
import { demandTools } from '../real-parts.js';

/** `url` is on 127.0.0.1, password included; the same after a restart, which leaves it empty. */
export type RunningRedis = RunningPart & { readonly url: string };

/** Starts the `redis-server` on PATH as a pure cache: nothing is written to disk. @throws PartFailure */
export const startRedis = ({ tls, ...options }: PartOptions & { readonly tls?: TlsFiles | undefined }): Promise<RunningRedis> => startPart('Redis', options, async (dataDir) => {
  demandTools('redis');
  const [port] = await keptPorts(path.join(dataDir, 'ports.json'), 1) as [number];
  const password = randomBytes(18).toString('base64url');
  const config = path.join(dataDir, 'redis.conf');
  writeFileSync(config, settings(port, password, tls), { mode: 0o600 });
  return {
    address: { url: `${tls ? 'rediss' : 'redis'}://:${password}@127.0.0.1:${port}` },
    command: 'redis-server',
    args: [config],
    ladder: [['SIGTERM', 5_000], ['SIGKILL', 5_000]],
    readyWithinMs: 15_000,
    isReady: () => answersPing(port, password, tls),
  };
});

const settings = (port: number, password: string, tls: TlsFiles | undefined): string => [
  'bind 127.0.0.1', ...portSettings(port, tls), `requirepass ${password}`, 'save ""', 'appendonly no', 'maxmemory 256mb', 'maxmemory-policy allkeys-lru', 'daemonize no', '',
].join('\n');

/** With TLS nothing else is spoken, and whoever connects shows a certificate. */
const portSettings = (port: number, tls: TlsFiles | undefined): string[] => (tls === undefined ? [`port ${port}`] : [
  'port 0', `tls-port ${port}`, `tls-ca-cert-file ${tls.caFile}`, `tls-cert-file ${tls.certFile}`, `tls-key-file ${tls.keyFile}`,
  'tls-auth-clients yes', 'tls-protocols "TLSv1.2 TLSv1.3"',
]);

const answersPing = (port: number, password: string, tls: TlsFiles | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    let answer = '';
    const greet = (): void => void socket.write(`AUTH ${password}\r\nPING\r\n`);
    const socket: Socket = tls ? connectTls({ port, host: '127.0.0.1', ...readTls(tls) }, greet) : connect({ port, host: '127.0.0.1' }, greet);
    const finish = (isReady: boolean): void => { socket.destroy(); resolve(isReady); };
    socket.setTimeout(500, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('end', () => finish(false));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.includes('+PONG')) finish(true);
      else if (answer.includes('-')) finish(false);
    });
  });
