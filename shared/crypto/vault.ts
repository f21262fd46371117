/**
 * Keys of data subjects. A tree: root (outside the database) → buckets of about a thousand → subjects. Adapters: `postgres-vault.ts`,
 * `memory-vault.ts`; `vault-contract.ts` runs on both.
 */
export interface SubjectKey {
  /** Names this very key; stands in every envelope sealed with it. */
  readonly keyId: string;
  /** 32 bytes, AES-256. */
  readonly key: Buffer;
}

/** search, command, sign-in: for keyed hashes; credentials: seals what proves who somebody is; webhooks: what programs that are told know the bank by is made from it. */
export type SecretName = 'search' | 'command' | 'credentials' | 'sign-in' | 'webhooks';

export interface Vault {
  /** The subjects' keys for sealing, made where missing. Throws SubjectErased for a subject whose key was destroyed. */
  keysOf(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>>;
  /** Keys for opening; a destroyed or unknown key is absent from the answer. */
  keysById(keyIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** A named 32-byte secret of the bank, made where missing. */
  secret(name: SecretName): Promise<Buffer>;
  /** New root key: every bucket and secret is wrapped again, the old root destroyed. Running readers go on. */
  rotateRoot(): Promise<void>;
  /** Destroys the subject's key for ever: its bucket's key and the root are replaced, the old ones destroyed. Throws for the house. */
  erase(subject: string): Promise<void>;
  close(): Promise<void>;
}

/** The subject of texts that concern no customer: the bank itself. It is never erased, or the bank's own books would lose their words. */
export const HOUSE = 'house';

/** Throws for the one subject that is never erased. */
export function assertErasable(subject: string): void {
  if (subject === HOUSE) throw new Error('the house is never erased');
}

export class SubjectErased extends Error {
  override readonly name = 'SubjectErased';
  constructor(readonly subject: string) {
    super(`the key of subject ${subject} has been destroyed`);
  }
}
