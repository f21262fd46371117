import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { randomUUID } from 'node:crypto';

/** An Ed25519 key that signs access tokens, as it is kept sealed. */
export interface StoredSigningKey {
  readonly kid: string;
  readonly privateJwk: JWK;
  readonly signsUntil: Date;
  readonly verifiesUntil: Date;
}

/** Adapters: `postgres-signing-keys.ts`, `testing/memory-signing-keys.ts`. */
export interface SigningKeyStore {
  /** Those that still verify. */
  list(at: Date): Promise<StoredSigningKey[]>;
  /** Only where none signs longer than this moment: of several processes that need a new one, one makes it. */
  addUnlessOneSigns(key: StoredSigningKey, at: Date): Promise<void>;
  sweep(at: Date): Promise<void>;
}

export interface SigningKeys {
  /** The key to sign with; a new one is made where the last has done its time. */
  signing(at: Date): Promise<{ readonly kid: string; readonly key: CryptoKey }>;
  verifying(kid: string, at: Date): Promise<CryptoKey | undefined>;
  /** RFC 7517. */
  publicKeys(at: Date): Promise<{ readonly keys: JWK[] }>;
}

export const KEY_SIGNS_MS = 7 * 86_400_000;
/** Longer than any token lives. */
const KEY_VERIFIES_MS = KEY_SIGNS_MS + 3_600_000;
/** A token may name any key: so often, and not oftener, it is asked whether another process has made it. */
const ASK_AGAIN_MS = 1_000;

interface OpenedKey extends StoredSigningKey {
  readonly signing: CryptoKey;
  readonly publicJwk: JWK;
  readonly verifying: CryptoKey;
}

export function createSigningKeys(store: SigningKeyStore): SigningKeys {
  let known = new Map<string, OpenedKey>();
  let readAt = Number.NEGATIVE_INFINITY;

  async function read(at: Date): Promise<void> {
    const stored = await store.list(at);
    known = new Map(await Promise.all(stored.map(async (key) => [key.kid, known.get(key.kid) ?? (await opened(key))] as const)));
    readAt = at.getTime();
  }

  const signer = (at: Date): OpenedKey | undefined => [...known.values()].filter(({ signsUntil }) => signsUntil > at).sort((a, b) => b.signsUntil.getTime() - a.signsUntil.getTime())[0];

  return {
    async signing(at) {
      if (signer(at) === undefined) {
        await read(at);
        if (signer(at) === undefined) {
          await store.addUnlessOneSigns(await newSigningKey(at), at);
          await read(at);
        }
      }
      const key = signer(at);
      if (key === undefined) throw new Error('there is no key that signs, although one was just made');
      return { kid: key.kid, key: key.signing };
    },

    async verifying(kid, at) {
      if (!known.has(kid) && Math.abs(at.getTime() - readAt) >= ASK_AGAIN_MS) await read(at);
      const key = known.get(kid);
      return key !== undefined && key.verifiesUntil > at ? key.verifying : undefined;
    },

    async publicKeys(at) {
      if (Math.abs(at.getTime() - readAt) >= ASK_AGAIN_MS) await read(at);
      return { keys: [...known.values()].filter(({ verifiesUntil }) => verifiesUntil > at).map(({ publicJwk }) => publicJwk) };
    },
  };
}

async function newSigningKey(at: Date): Promise<StoredSigningKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return {
    kid: randomUUID(), privateJwk: await exportJWK(privateKey),
    signsUntil: new Date(at.getTime() + KEY_SIGNS_MS), verifiesUntil: new Date(at.getTime() + KEY_VERIFIES_MS),
  };
}

async function opened(stored: StoredSigningKey): Promise<OpenedKey> {
  const { kty, crv, x } = stored.privateJwk as { kty: 'OKP'; crv: string; x: string };
  const publicJwk: JWK = { kty, crv, x, kid: stored.kid, alg: 'EdDSA', use: 'sig' };
  return { ...stored, publicJwk, signing: (await importJWK(stored.privateJwk, 'EdDSA')) as CryptoKey, verifying: (await importJWK(publicJwk, 'EdDSA')) as CryptoKey };
}
