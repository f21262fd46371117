/**
 * The one key that is not in the database. Replacing it is done in two phases around the database's transaction, so that a crash anywhere
 * leaves the root that the database is wrapped under. Adapters: `root-key-file.ts`; a key-management service would be another.
 */
export interface RootKey {
  /** The vault it belongs to: a root of another bank is refused by name. */
  readonly vaultId: string;
  /** From 1; the database says which one it is wrapped under. */
  readonly generation: number;
  /** 32 bytes. */
  readonly key: Buffer;
}

export interface RootKeyStore {
  /** The root in force, and the one that stands beside it while it is being replaced. Throws RootKeyFault where it may not or cannot be read. */
  read(): Promise<{ readonly current?: RootKey; readonly staged?: RootKey }>;
  /** Keeps a root durably beside the one in force, in place of one staged before. */
  stage(root: RootKey): Promise<void>;
  /** Destroys the root in force and puts the staged one in its place. */
  promote(): Promise<void>;
  /** Destroys what is staged. */
  discard(): Promise<void>;
  /** Where it is, for messages. */
  readonly place: string;
}

/** The root key is absent, unsafe or another's: for the operator to put right. Nothing was changed. */
export class RootKeyFault extends Error {
  override readonly name = 'RootKeyFault';
}
