import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { SecureContextOptions, Server } from 'node:tls';
import type { Logger } from 'pino';

/** Of one program: the authority it trusts, and what it shows to everybody, as a server and as a client. PEM. */
export interface TlsFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export type TlsMaterial = SecureContextOptions & { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };

/** What is read now: a file that is not there or not readable throws, naming it. */
export const readTls = ({ caFile, certFile, keyFile }: TlsFiles): TlsMaterial =>
  ({ ca: readFileSync(caFile), cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.2' });

const LOOK_EVERY_MS = 1_000;

/**
 * Whenever the files change, and on SIGHUP, connections made from then on get what they say; those that are open go on. Files that do not fit each other
 * (one was written, the other not yet) change nothing.
 */
export function reloadCertificates(server: Pick<Server, 'setSecureContext'>, files: TlsFiles, logger: Logger): { stop(): void } {
  const reload = (): void => {
    try {
      server.setSecureContext(readTls(files));
      logger.info({ certFile: files.certFile }, 'new certificates are in use');
    } catch (error) {
      logger.warn({ err: error, certFile: files.certFile }, 'the certificates cannot be used; the old ones stay');
    }
  };
  const watched = [files.caFile, files.certFile, files.keyFile];
  for (const file of watched) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, reload);
  process.on('SIGHUP', reload);
  return {
    stop() {
      for (const file of watched) unwatchFile(file, reload);
      process.off('SIGHUP', reload);
    },
  };
}
