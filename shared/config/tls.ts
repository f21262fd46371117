import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { TlsFiles } from '../tls/tls-files.js';

interface Told {
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** All three, with their whole paths, or undefined where none is told. */
export function tlsFilesOf({ caFile, certFile, keyFile }: Told, faults: string[]): TlsFiles | undefined {
  if (caFile === undefined && certFile === undefined && keyFile === undefined) return undefined;
  if (caFile === undefined || certFile === undefined || keyFile === undefined) {
    faults.push('PASSBOOK_TLS_CA_FILE, PASSBOOK_TLS_CERT_FILE and PASSBOOK_TLS_KEY_FILE go together: set all three or none');
    return undefined;
  }
  return { caFile: resolve(caFile), certFile: resolve(certFile), keyFile: resolve(keyFile) };
}

const PLAIN = 'PASSBOOK_TLS_CA_FILE is set: nothing goes over the network in plain text';

/** The event store's URL with the files in it, as its client reads them. */
export function eventStoreUrlWith({ caFile, certFile, keyFile }: TlsFiles, url: string, faults: string[]): string {
  if (/[?&]tls=false/i.test(url) || /[?&]tlsVerifyCert=false/i.test(url)) faults.push(`PASSBOOK_EVENTSTORE_URL must not switch TLS or its checks off: ${PLAIN}`);
  const options = Object.entries({ tls: 'true', tlsCAFile: caFile, userCertFile: certFile, userKeyFile: keyFile }).filter(([name]) => !new RegExp(`[?&]${name}=`, 'i').test(url));
  return `${url}${url.includes('?') ? '&' : '?'}${options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** Postgres' URL with the files in it. The host must be a name: against an address node-postgres cannot check a certificate. */
export function postgresUrlWith({ caFile, certFile, keyFile }: TlsFiles, text: string, faults: string[]): string {
  const url = new URL(text);
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && mode !== 'verify-full') faults.push(`PASSBOOK_POSTGRES_URL may have no other sslmode than verify-full: ${PLAIN}`);
  if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) faults.push('PASSBOOK_POSTGRES_URL must give the host by its name, which its certificate is checked against');
  for (const [name, value] of Object.entries({ sslmode: 'verify-full', sslrootcert: caFile, sslcert: certFile, sslkey: keyFile })) url.searchParams.set(name, value);
  return url.href;
}

export function checkRedisUrl(url: string, faults: string[]): void {
  if (!url.startsWith('rediss://')) faults.push(`PASSBOOK_REDIS_URL must begin with rediss://: ${PLAIN}`);
}
