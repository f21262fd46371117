import { createHmac, randomUUID } from 'node:crypto';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import type { Codec } from '../../shared/events/codec.js';
import type { EventMetadata, Recorded } from '../../shared/events/definition.js';
import { readable } from '../../shared/events/personal.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import { Refusal, type CommandContext } from '../../shared/http/context.js';
import type { Records } from '../../shared/records/record.js';
import { accept, nothing } from '../../shared/kernel/decision.js';
import { customerRecord, type CustomerState } from './state.js';
import { documentIdentity } from './validation/id-document.js';

/** What only one customer can hold: the ID document or the credit code. */
export const identityOf = (profile: Profile): string =>
  profile.kind === 'individual' ? documentIdentity(profile.idDocument) : `credit-code:${profile.creditCode}`;

/**
 * Keeps two registrations of one identity from both succeeding, on any instances (docs/decisions/customer-identity.md). Streams
 * "customeridentity-<bucket>", a million of them, hold who claimed what, sealed; the bucket is too coarse to find anybody by.
 */
export interface IdentityGuard {
  /** The other customer that holds the identity now. */
  holderOf(identity: string, customerId: string): Promise<string | undefined>;
  /** To be called after the customer's own state was read and before it is appended at that revision. Throws Refusal. */
  claim(identity: string, customerId: string, state: CustomerState, context: CommandContext): Promise<void>;
}

/** A claim this old without its registration came to nothing: its command has been answered or its process is gone. */
const CLAIM_LIVES_MS = 10_000;
const BUCKET_HEX_DIGITS = 5;
const MAX_TRIES = 8;

interface Claim {
  readonly id: string;
  readonly customerId: string;
  readonly at: Date;
}

export function createIdentityGuard({ store, codec, records, secret }: {
  readonly store: EventStore; readonly codec: Codec; readonly records: Records; readonly secret: Buffer;
}): IdentityGuard {
  const streamOf = (identity: string): string =>
    `customeridentity-${createHmac('sha256', secret).update(`customer identity bucket\n${identity}`).digest('hex').slice(0, BUCKET_HEX_DIGITS)}`;

  async function bucketOf(stream: string, identity: string): Promise<{ revision: bigint; claims: Claim[] }> {
    const stored: StoredEvent[] = [];
    try {
      for await (const event of store.readStream(stream)) stored.push(event);
    } catch (error) {
      if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
    }
    const recorded = (await codec.read(stored, { open: true })) as Recorded<CustomerEvent>[];
    const claims = recorded.flatMap(({ id, event, metadata }) =>
      event.type === 'CustomerIdentityClaimed' && readable(event.data.identity) && event.data.identity === identity
        ? [{ id, customerId: event.data.customerId, at: new Date(metadata.recordedAt) }]
        : []);
    return { revision: stored.at(-1)?.revision ?? -1n, claims };
  }

  const holds = (state: CustomerState | undefined, identity: string): boolean => state?.status === 'active' && identityOf(state.profile) === identity;
  const stateOf = async (id: string): Promise<CustomerState> => (await records.load(customerRecord, id))?.state ?? customerRecord.initial;

  async function holderAmong(claims: readonly Claim[], identity: string, customerId: string): Promise<string | undefined> {
    for (const other of othersAmong(claims, customerId)) if (holds(await stateOf(other), identity)) return other;
    return undefined;
  }

  /** Bars the late write of a claim that came to nothing: its revision moves on, so an append that still is on its way fails. */
  async function lapse({ id: claimId, customerId }: Claim, context: CommandContext): Promise<void> {
    const own: CommandContext = { ...context, commandId: randomUUID(), repeatable: false };
    await records.execute(customerRecord, customerId, own, ({ state }) =>
      state.lapsedClaims.has(claimId) ? nothing : accept<CustomerEvent>({ type: 'CustomerIdentityClaimLapsed', data: { customerId, claimId } }));
  }

  return {
    async holderOf(identity, customerId) {
      const { claims } = await bucketOf(streamOf(identity), identity);
      return holderAmong(claims, identity, customerId);
    },

    async claim(identity, customerId, state, context) {
      const stream = streamOf(identity);
      for (let tries = 1; ; tries++) {
        const { revision, claims } = await bucketOf(stream, identity);
        if (claims.some((claim) => claim.customerId === customerId && !state.lapsedClaims.has(claim.id))) return;
        for (const other of othersAmong(claims, customerId)) {
          const theirs = await stateOf(other);
          if (holds(theirs, identity)) throw duplicateOf(other);
          for (const claim of claims.filter((one) => one.customerId === other && !theirs.lapsedClaims.has(one.id))) {
            if (context.at.getTime() - claim.at.getTime() < CLAIM_LIVES_MS)
              throw new Refusal({ code: 'customer_identity_claimed', detail: 'another registration of the same ID document or credit code is under way' }, CLAIM_LIVES_MS / 1000);
            await lapse(claim, context);
          }
          if (holds(await stateOf(other), identity)) throw duplicateOf(other);
        }
        const event = { type: 'CustomerIdentityClaimed', data: { customerId, identity } };
        const sealed = await codec.seal([{ id: randomUUID(), event, metadata: claimMetadata(context) }]);
        try {
          await store.append(stream, sealed, revision < 0n ? 'no-stream' : revision);
          return;
        } catch (error) {
          if (!(error instanceof StoreFailure && error.kind === 'wrong-expected-version') || tries === MAX_TRIES) throw error;
        }
      }
    },
  };
}

export const duplicateOf = (other: string): Refusal =>
  new Refusal(
    { code: 'customer_duplicate', detail: `customer ${other} has this ID document or credit code`, errors: [] },
    undefined,
    { candidates: [{ id: other, reasons: ['same_identity'] }] },
  );

const othersAmong = (claims: readonly Claim[], customerId: string): string[] => [...new Set(claims.map((claim) => claim.customerId))].filter((other) => other !== customerId);

function claimMetadata({ commandId, correlationId, actor, at, traceparent }: CommandContext): EventMetadata {
  return {
    commandId, $correlationId: correlationId, $causationId: commandId, actor, schemaVersion: 1, recordedAt: at.toISOString(),
    ...(traceparent !== undefined && { traceparent }),
  };
}
