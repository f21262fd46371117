import { v5 as uuidv5 } from 'uuid';

/** Namespace of every id this bank derives. Changing it would break every recorded idempotency key. */
const PASSBOOK = '6f1d5f0e-7f0f-5c43-9d53-1f4f3d0b8a11';

/**
 * The id of a command: the same principal, route and idempotency key always give the same one,
 * which is what makes a repeated request the same command.
 */
export const commandIdOf = (principal: string, route: string, key: string): string =>
  uuidv5(JSON.stringify([principal, route, key]), PASSBOOK);

/** The id of the index-th event of a command, so that sending a command again writes the same ids. */
export const eventIdOf = (commandId: string, index: number): string => uuidv5(String(index), commandId);

/** The id of a thing that a command creates ("customer", "account", "hold" …). */
export const createdIdOf = (commandId: string, thing: string): string => uuidv5(thing, commandId);
