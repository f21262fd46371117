import { hash } from 'node:crypto';

/** A UUID of version 5 (RFC 9562). Written here because four of them for each transfer cost three times as much by the package `uuid`, which the test compares it with. */
function uuidv5(name: string, namespace: string): string {
  const space = Buffer.from(namespace.replaceAll('-', ''), 'hex');
  if (space.length !== 16) throw new TypeError(`an id is derived from a UUID, not from ${namespace}`);
  const hex = hash('sha1', Buffer.concat([space, Buffer.from(name, 'utf8')]), 'hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

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
