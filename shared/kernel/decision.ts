/**
 * What every decider answers: `decide(state, command, at)` returns one of these and nothing else.
 * A refusal is a value with a code; exceptions are bugs or outages.
 */
export type Decision<Event, Code extends string = string> =
  | { readonly outcome: 'accept'; readonly events: readonly [Event, ...Event[]] }
  | { readonly outcome: 'reject'; readonly rejection: Rejection<Code> }
  | { readonly outcome: 'nothing' };

/** A refusal. `code` stands in the module's rejection table, which also gives its precedence and its HTTP status. */
export interface Rejection<Code extends string = string> {
  readonly code: Code;
  /** One sentence for a person, free of personal data. */
  readonly detail?: string;
  /** Every fault of the input at once, each naming its field by JSON pointer. */
  readonly errors?: readonly FieldError[];
}

export interface FieldError {
  /** RFC 6901 pointer into the request body ("/idDocument/number"), or "?name" for a query parameter. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export const accept = <Event>(...events: [Event, ...Event[]]): Decision<Event, never> => ({ outcome: 'accept', events });

export const reject = <Code extends string>(code: Code, detail?: string, errors?: readonly FieldError[]): Decision<never, Code> => ({
  outcome: 'reject',
  rejection: { code, ...(detail !== undefined && { detail }), ...(errors !== undefined && { errors }) },
});

export const nothing: Decision<never, never> = { outcome: 'nothing' };

/** Closes a switch over a union: adding a member without handling it fails to compile. */
export function unreachable(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
