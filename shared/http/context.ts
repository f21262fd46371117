import type { Rights } from '../access/rights.js';
import type { Actor } from '../events/definition.js';
import type { Channel } from '../events/values.js';
import type { Rejection } from '../kernel/decision.js';

/** Who sends a request, as authentication established it. */
export interface Principal {
  readonly id: string;
  /** Absent for staff and programs. */
  readonly kind?: 'customer';
  /** Of a customer: until then the second factor counts as fresh. */
  readonly steppedUpUntil?: Date;
  /** As it stands in the log beside the id. */
  readonly role: string;
  readonly rights: Rights;
  readonly branch?: string;
  readonly channel: Channel;
  /** In whose place it is sent; the rights are then that person's. */
  readonly actingAs?: string;
  /** By which a person signed in; programs have none. */
  readonly session?: { readonly id: string; readonly signedInAt: Date };
}

/** Everything a command handler takes from its request besides the body. */
export interface CommandContext {
  /** From Idempotency-Key where given, else random. */
  readonly commandId: string;
  /** Keyed hash of route and body; only with an Idempotency-Key. */
  readonly commandHash?: string;
  /** Whether an Idempotency-Key was given: only then can the command be a repeat. */
  readonly repeatable: boolean;
  readonly correlationId: string;
  readonly actor: Actor;
  /** Who approved it, where a rule asked for approval. */
  readonly approver?: Actor;
  readonly traceparent?: string;
  /** The server's clock when the request came in. */
  readonly at: Date;
}

/** Thrown by handlers to answer a refusal; `problems.ts` turns its code into HTTP. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly rejection: Rejection,
    readonly retryAfterSeconds?: number,
    /** Further members of the problem, such as the candidates of a duplicate. Nothing personal. */
    readonly members?: Readonly<Record<string, unknown>>,
  ) {
    super(rejection.code);
  }
}
