import { copyFileSync, mkdirSync, chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TlsFiles } from '../../shared/tls/tls-files.js';
import { giveTo, type RunAs } from './run-as.js';

/** Copies of the files that Postgres may read (it opens no key of another's), and its settings with them. */
export function tlsSettings(cluster: string, { caFile, certFile, keyFile }: TlsFiles, runAs: RunAs): Readonly<Record<string, string>> {
  const folder = path.join(cluster, 'tls');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => path.join(folder, name);
  for (const [from, to] of [[caFile, 'ca.crt'], [certFile, 'server.crt'], [keyFile, 'server.key']] as const) {
    copyFileSync(from, at(to));
    chmodSync(at(to), 0o600);
  }
  writeFileSync(at('hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n', { mode: 0o600 });
  giveTo(runAs, folder);
  return {
    ssl: 'on', ssl_ca_file: at('ca.crt'), ssl_cert_file: at('server.crt'), ssl_key_file: at('server.key'), hba_file: at('hba.conf'), ssl_min_protocol_version: 'TLSv1.2',
  };
}
