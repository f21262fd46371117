import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Credentials } from './credentials.js';
import type { Client, Directory } from './directory.js';
import { hashOfToken, newOpaqueToken } from './opaque-token.js';

const FORM = /^pbk_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([\w-]{43})$/;

/** `key` is shown once; an event of the client names `keyId`, and until then it opens nothing. */
export async function issueMachineKey(credentials: Credentials, clientId: string, at: Date): Promise<{ readonly keyId: string; readonly key: string }> {
  const secret = newOpaqueToken('').slice(1);
  const keyId = await credentials.add(clientId, { kind: 'machine-key', clientId, hash: hashOfToken(secret).toString('hex') }, at);
  return { keyId, key: `pbk_${keyId}_${secret}` };
}

export const looksLikeMachineKey = (token: string): boolean => token.startsWith('pbk_');

/** The client of a key that is in force. Whether it still is, is asked every time; its hash never changes and is remembered. */
export function machineClients(credentials: Credentials, directory: Directory): (token: string, at: Date) => Promise<Client | undefined> {
  const remembered = new LRUCache<string, { readonly clientId: string; readonly hash: Buffer }>({ max: 1_000 });
  return async (token, at) => {
    const [, keyId, secret] = FORM.exec(token) ?? [];
    if (keyId === undefined || secret === undefined) return undefined;
    const client = await directory.clientByKey(keyId, at);
    if (client === undefined) return undefined;
    let key = remembered.get(keyId);
    if (key === undefined) {
      const [credential] = await credentials.read([keyId]);
      if (credential?.content.kind !== 'machine-key') return undefined;
      key = { clientId: credential.content.clientId, hash: Buffer.from(credential.content.hash, 'hex') };
      remembered.set(keyId, key);
    }
    return key.clientId === client.id && timingSafeEqual(key.hash, hashOfToken(secret)) ? client : undefined;
  };
}
