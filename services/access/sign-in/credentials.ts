/** What proves who somebody is. Never in an event, never in a log; `toJSON`-able, because the row is sealed JSON. */
export type CredentialContent =
  | { readonly kind: 'password'; /** PHC string of argon2id. */ readonly hash: string }
  | { readonly kind: 'totp'; /** Base32. */ readonly secret: string; /** Of the last code that was accepted. */ readonly counter: number; readonly label: string }
  | { readonly kind: 'passkey'; readonly id: string; /** COSE, base64url. */ readonly publicKey: string; readonly counter: number; readonly label: string }
  | { readonly kind: 'message'; readonly label: string }
  | { readonly kind: 'recovery-codes'; /** Keyed hashes, hex, of those that were not used. */ readonly unused: readonly string[] }
  | { readonly kind: 'machine-key'; readonly clientId: string; /** SHA-256 of the secret, hex. */ readonly hash: string };

export interface Credential {
  readonly id: string;
  readonly holderId: string;
  /** From 1; every replacement raises it. */
  readonly version: number;
  readonly content: CredentialContent;
}

/**
 * Rows of secrets, each under a fresh random id. A row is written first and counts only once an event names its id; what no event names is an orphan and
 * is swept. Adapters: `postgres-credentials.ts`, `testing/memory-credentials.ts`; `testing/credentials-contract.ts` runs on both.
 */
export interface Credentials {
  /** The new row's id. */
  add(holderId: string, content: CredentialContent, at: Date): Promise<string>;
  /** Those that are there, in no order. */
  read(ids: readonly string[]): Promise<Credential[]>;
  /** Only where the row is still at this version: of two who use the same code at once, one is refused. */
  replace(id: string, version: number, content: CredentialContent): Promise<boolean>;
  /** Of whoever is erased: no row is left, named by an event or not. */
  forget(holderId: string): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  /** Rows made before a moment, by id, after this id. */
  madeBefore(at: Date, after: string | undefined, limit: number): Promise<{ readonly id: string; readonly holderId: string }[]>;
}
