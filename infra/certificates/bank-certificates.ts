import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import path from 'node:path';
import type { TlsFiles } from '../../shared/tls/tls-files.js';
import { createAuthority, openAuthority, type Authority } from './authority.js';

/** Every program of a bank, and `tools` for whoever asks it from beside. */
export const HOLDERS = ['api', 'pipeline', 'evaluation', 'event-store', 'postgres', 'kafka', 'redis', 'tools'] as const;
export type Holder = (typeof HOLDERS)[number];

export interface BankCertificates {
  readonly hosts: readonly string[];
  readonly days: number;
}

const DAY_MS = 86_400_000;
const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * `ca.crt`, `ca.key` and a certificate with its key (mode 0600) for each holder. What is there stays while it is good for another tenth of its days: called
 * again it renews what runs out, under the same authority.
 */
export async function makeBankCertificates(folder: string, { hosts, days }: BankCertificates): Promise<Readonly<Record<Holder, TlsFiles>>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const caFile = path.join(folder, 'ca.crt');
  const authority = await authorityIn(folder, caFile);
  const files = {} as Record<Holder, TlsFiles>;
  for (const holder of HOLDERS) {
    files[holder] = { caFile, certFile: path.join(folder, `${holder}.crt`), keyFile: path.join(folder, `${holder}.key`) };
    if (isGood(files[holder], days)) continue;
    const { cert, key } = await authority.issue({ name: `passbook ${holder}`, hosts: [...new Set([...LOCAL, holder, ...hosts])], notAfter: new Date(Date.now() + days * DAY_MS) });
    write(files[holder].keyFile, key);
    write(files[holder].certFile, cert);
  }
  return files;
}

async function authorityIn(folder: string, caFile: string): Promise<Authority> {
  const keyFile = path.join(folder, 'ca.key');
  if (existsSync(caFile)) return openAuthority({ cert: readFileSync(caFile, 'utf8'), key: readFileSync(keyFile, 'utf8') });
  const authority = await createAuthority('Passbook development authority');
  write(keyFile, authority.key);
  write(caFile, authority.cert);
  return authority;
}

function isGood({ caFile, certFile, keyFile }: TlsFiles, days: number): boolean {
  if (!existsSync(certFile) || !existsSync(keyFile)) return false;
  const certificate = new X509Certificate(readFileSync(certFile));
  return new Date(certificate.validTo).getTime() > Date.now() + (days * DAY_MS) / 10 && certificate.verify(new X509Certificate(readFileSync(caFile)).publicKey);
}

function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
