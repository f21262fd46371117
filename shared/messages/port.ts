/** A mailbox. */
export interface Address {
  readonly email: string;
}

/** What the bank tells one person. */
export interface Message {
  /** Stays the same however often it is sent: by it whoever carries the message knows a repeat. */
  readonly id: string;
  readonly to: Address;
  /** One line. */
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

/** Resolves once somebody else answers for the message; throws while nobody does. Adapter: `smtp.ts`. */
export type SendMessage = (message: Message) => Promise<void>;
