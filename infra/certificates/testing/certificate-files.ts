import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TlsFiles } from '../../../shared/tls/tls-files.js';
import { createAuthority } from '../authority.js';

const DAY_MS = 86_400_000;

/** good: for this machine; elsewhere: of the same authority, for another host; stranger: of another authority, which it trusts. */
export type Kind = 'good' | 'renewed' | 'expired' | 'elsewhere' | 'stranger';

/** Certificates of every kind in files of a folder that is removed at the test's end. */
export async function certificateFiles(t: { teardown(work: () => void): void }): Promise<Readonly<Record<Kind, TlsFiles>>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-certificates-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [ours, theirs] = [await createAuthority('ours'), await createAuthority('theirs')];
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const issue = async (kind: Kind, hosts: readonly string[], notAfterMs: number, authority = ours): Promise<TlsFiles> => {
    const { cert, key } = await authority.issue({ name: kind, hosts, notBefore: new Date(Date.now() - 10 * DAY_MS), notAfter: new Date(Date.now() + notAfterMs) });
    return { caFile: write(`${kind}.ca`, authority.cert), certFile: write(`${kind}.crt`, cert), keyFile: write(`${kind}.key`, key) };
  };
  const here = ['localhost', '127.0.0.1'];
  return {
    good: await issue('good', here, DAY_MS),
    renewed: await issue('renewed', here, 2 * DAY_MS),
    expired: await issue('expired', here, -DAY_MS),
    elsewhere: await issue('elsewhere', ['db.bank.example'], DAY_MS),
    stranger: await issue('stranger', here, DAY_MS, theirs),
  };
}

/** A client's files: `ca` of one kind, certificate of another or none. Undefined: plain text. */
export interface Client {
  readonly what: string;
  readonly trusts: Kind;
  readonly shows: Kind | 'nothing';
}

/** Who must be refused by a server that shows `good`. */
export const REFUSED: readonly Client[] = [
  { what: 'a client without a certificate', trusts: 'good', shows: 'nothing' },
  { what: 'one with another authority\'s certificate', trusts: 'good', shows: 'stranger' },
  { what: 'one whose certificate has expired', trusts: 'good', shows: 'expired' },
  { what: 'one that trusts another authority', trusts: 'stranger', shows: 'good' },
];
