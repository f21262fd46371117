import { open, type Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { bindingOf } from '../../shared/events/codec.js';

/** A memo as a row keeps it, and where in which event it was sealed. */
export interface SealedMemo {
  readonly envelope: Envelope | null;
  readonly eventId: string;
  readonly pointer: string;
}

/** Opens memos for an answer, one question to the vault for all; null where there is none or its key was destroyed. Throws where one was tampered with. */
export async function openMemos(vault: Vault, memos: readonly SealedMemo[]): Promise<(string | null)[]> {
  const keyIds = [...new Set(memos.flatMap(({ envelope }) => (envelope ? [envelope.keyId] : [])))];
  const keys = keyIds.length > 0 ? await vault.keysById(keyIds) : new Map<string, Buffer>();
  return memos.map(({ envelope, eventId, pointer }) => {
    const key = envelope && keys.get(envelope.keyId);
    return envelope && key ? (open(envelope, key, bindingOf(eventId, pointer)) as string) : null;
  });
}
