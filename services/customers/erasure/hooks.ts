/**
 * What another part of the bank has of a customer beside the record: the ledger's memos, documents. Each is asked for every id of the person.
 * They are listed in one place, infra/roles/erasures.ts.
 */
export interface ErasureHook {
  /** Names the part in the backup and in complaints. */
  readonly name: string;
  /** All there is, readable, one object a line of the backup; while the customer's key still opens it. Asked again where the backup was interrupted. */
  backUp(customerId: string): AsyncIterable<object>;
  /** Once the key is destroyed, what is left goes as well, readable or not. Does nothing the second time; throws where it could not, and is asked again. */
  erase(customerId: string): Promise<void>;
}

/** Every id of the person who has this one, the one itself included: one, unless records were merged. */
export type IdsOf = (customerId: string) => Promise<readonly string[]>;
