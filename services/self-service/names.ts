import { createHmac, randomUUID } from 'node:crypto';
import type { CustomerNameEvent } from '../../shared/events/access/sign-in-events.js';
import { readable } from '../../shared/events/personal.js';
import type { CommandContext } from '../../shared/http/context.js';
import { accept, nothing, reject, type Decision } from '../../shared/kernel/decision.js';
import { defineRecord, type Records } from '../../shared/records/record.js';
import { skeletonOf } from '../access/username.js';

/** Names to sign in with, of a bucket of them: by what they look like, whose they are. */
type Names = ReadonlyMap<string, string>;

/** Streams "customername-<bucket>", a million of them: the name itself is sealed under its customer's key. */
export const customerNameRecord = defineRecord<Names, CustomerNameEvent>({
  name: 'customername',
  initial: new Map(),
  evolve: (names, { data: { customerId, username } }) => (readable(username) ? new Map([...names, [skeletonOf(username), customerId]]) : names),
});

export function decideClaimName(names: Names, customerId: string, username: string): Decision<CustomerNameEvent, 'username_taken'> {
  const owner = names.get(skeletonOf(username));
  if (owner === customerId) return nothing;
  return owner === undefined ? accept<CustomerNameEvent>({ type: 'CustomerNameClaimed', data: { customerId, username } }) : reject('username_taken');
}

/** Keeps two customers from having names that look alike, on any instances: the bucket's revision is the fence. */
export interface CustomerNames {
  /** Who has, or once had, the name. */
  ownerOf(username: string): Promise<string | undefined>;
  /** Throws Refusal `username_taken`. */
  claim(customerId: string, username: string, context: CommandContext): Promise<void>;
}

const BUCKET_HEX_DIGITS = 5;

/** `secret`: `vault.secret('sign-in')`. */
export function customerNames({ records, secret }: { readonly records: Records; readonly secret: Buffer }): CustomerNames {
  const bucketOf = (username: string): string => createHmac('sha256', secret).update(`customer name bucket\n${skeletonOf(username)}`).digest('hex').slice(0, BUCKET_HEX_DIGITS);
  return {
    ownerOf: async (username) => (await records.load(customerNameRecord, bucketOf(username)))?.state.get(skeletonOf(username)),
    async claim(customerId, username, context) {
      await records.execute(customerNameRecord, bucketOf(username), { ...context, commandId: randomUUID(), repeatable: false }, ({ state }) => decideClaimName(state, customerId, username));
    },
  };
}
