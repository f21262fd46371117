import { open, type Envelope } from '../../crypto/envelope.js';
import type { Vault } from '../../crypto/vault.js';
import { FROM_BINDING, reasonBinding, type RecordedAccess } from './events.js';

/** An access of a spool, what was sealed in it opened; what cannot be read any more is left out. */
export interface OpenedAccess extends Omit<RecordedAccess, 'from' | 'reason'> {
  readonly spool: string;
  readonly from?: { readonly address: string; readonly device: string };
  readonly reason?: string;
}

export interface StoredAccess {
  readonly spool: string;
  readonly access: RecordedAccess;
}

/** Opens what their readers may be shown; whether they may is decided elsewhere. */
export async function openAccesses(vault: Vault, stored: readonly StoredAccess[]): Promise<OpenedAccess[]> {
  const keys = await vault.keysById([...new Set(stored.flatMap(({ access: { from, reason } }) => [from, reason].flatMap((envelope) => envelope?.keyId ?? [])))]);
  const opened = (envelope: Envelope | undefined, binding: string): unknown => {
    const key = envelope && keys.get(envelope.keyId);
    return envelope && key ? open(envelope, key, binding) : undefined;
  };
  return stored.map(({ spool, access: { from, reason, ...rest } }) => {
    const place = opened(from, FROM_BINDING) as OpenedAccess['from'];
    const why = opened(reason, reasonBinding(spool, rest.number)) as string | undefined;
    return { spool, ...rest, ...(place && { from: place }), ...(why !== undefined && { reason: why }) };
  });
}
