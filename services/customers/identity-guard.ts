import { createHmac, randomUUID } from 'node:crypto';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Codec } from '../../shared/events/codec.js';
import type { EventMetadata, Recorded } from '../../shared/events/definition.js';
import { readable } from '../../shared/events/personal.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import { Refusal, type CommandContext } from '../../shared/http/context.js';
import type { Records } from '../../shared/records/record.js';
import { accept, nothing } from '../../shared/kernel/decision.js';
import { heldBy } from './merging/layers.js';
import { customerRecord, type CustomerState } from './state.js';

interface Claim {
  readonly id: string;
  readonly customerId: string;
  readonly at: Date;
}

/** What stands in an identity's bucket: its last revision (-1n: nothing yet) and who claimed this very identity. */
export interface Claims {
  readonly revision: bigint;
  readonly claims: readonly Claim[];
}

/**
 * Keeps two registrations of one identity from both succeeding, on any instances (docs/decisions/customer-identity.md). Streams
 * "customeridentity-<bucket>", a million of them, hold who claimed what, sealed; the bucket is too coarse to find anybody by.
 */
export interface IdentityGuard {
  /** May be asked at any time: what is claimed later moves the bucket's revision, and `claim` notices. */
  look(identity: string): Promise<Claims>;
  /** Throws Refusal where another holds the identity, or is just about to. */
  refuseTaken(seen: Claims, attempt: ClaimAttempt): Promise<void>;
  /**
   * Claims the identity at the revision seen, or looks again. To be called after the customer's own state was read (or where there can be none) and
   * before it is appended at that revision. Throws Refusal.
   */
  claim(seen: Claims, attempt: ClaimAttempt): Promise<void>;
}

export interface ClaimAttempt {
  readonly identity: string;
  readonly customerId: string;
  /** The customer's own, at the revision that is going to be appended at. */
  readonly state: CustomerState;
  readonly context: CommandContext;
  /** Another record of the same person: what it holds does not stand in the way. */
  readonly alsoOf?: string;
}

/** A claim this old without its registration came to nothing: its command has been answered or its process is gone. */
const CLAIM_LIVES_MS = 10_000;
const BUCKET_HEX_DIGITS = 5;
const MAX_TRIES = 8;

/** The bucket that an identity's claims are in. */
export const identityStream = (secret: Buffer, identity: string): string =>
  `customeridentity-${createHmac('sha256', secret).update(`customer identity bucket\n${identity}`).digest('hex').slice(0, BUCKET_HEX_DIGITS)}`;

export function createIdentityGuard({ store, codec, records, secret }: {
  readonly store: EventStore; readonly codec: Codec; readonly records: Records; readonly secret: Buffer;
}): IdentityGuard {
  const streamOf = (identity: string): string => identityStream(secret, identity);

  async function look(identity: string): Promise<Claims> {
    const stored: StoredEvent[] = [];
    try {
      for await (const event of store.readStream(streamOf(identity))) stored.push(event);
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

  const holds = (state: CustomerState | undefined, identity: string): boolean => state?.status === 'active' && heldBy(state).includes(identity);
  const stateOf = async (id: string): Promise<CustomerState> => (await records.load(customerRecord, id))?.state ?? customerRecord.initial;

  /** Whose record it is: that of the customer it was merged into. */
  async function ownerOf(id: string, state: CustomerState): Promise<string> {
    const into = state.status === 'absent' ? undefined : state.merging.mergedInto?.customerId;
    return into === undefined ? id : ownerOf(into, await stateOf(into));
  }

  /** Others' claims that came to nothing. Throws Refusal where another holds the identity, or claimed it a moment ago. */
  async function staleClaims({ claims }: Claims, { identity, customerId, context, alsoOf }: ClaimAttempt): Promise<Claim[]> {
    const others = [...new Set(claims.map((claim) => claim.customerId))].filter((other) => other !== customerId && other !== alsoOf);
    const states = new Map(await Promise.all(others.map(async (other) => [other, await stateOf(other)] as const)));
    for (const [other, state] of states) {
      const owner = await ownerOf(other, state);
      if (owner === customerId || owner === alsoOf) states.delete(other);
      else if (holds(state, identity)) throw duplicateOf(owner);
    }
    const stale = claims.filter((claim) => states.get(claim.customerId)?.lapsedClaims.has(claim.id) === false);
    if (stale.some(({ at }) => context.at.getTime() - at.getTime() < CLAIM_LIVES_MS))
      throw new Refusal({ code: 'customer_identity_claimed', detail: 'another registration of the same ID document or credit code is under way' }, CLAIM_LIVES_MS / 1000);
    return stale;
  }

  /** Bars the late write of a claim that came to nothing: its revision moves on, so an append that still is on its way fails. */
  async function lapse({ id: claimId, customerId }: Claim, { identity, context }: ClaimAttempt): Promise<void> {
    const own: CommandContext = { ...context, commandId: randomUUID(), repeatable: false };
    await records.execute(customerRecord, customerId, own, ({ state }) =>
      state.lapsedClaims.has(claimId) ? nothing : accept<CustomerEvent>({ type: 'CustomerIdentityClaimLapsed', data: { customerId, claimId } }));
    // It may have been written in the last moment, before it was barred.
    if (holds(await stateOf(customerId), identity)) throw duplicateOf(customerId);
  }

  return {
    look,

    async refuseTaken(seen, attempt) {
      await staleClaims(seen, attempt);
    },

    async claim(seen, attempt) {
      const { identity, customerId, state, context } = attempt;
      for (let tries = 1; ; tries++) {
        if (seen.claims.some((claim) => claim.customerId === customerId && !state.lapsedClaims.has(claim.id))) return;
        for (const claim of await staleClaims(seen, attempt)) await lapse(claim, attempt);
        const event = { type: 'CustomerIdentityClaimed', data: { customerId, identity } };
        const sealed = await codec.seal([{ id: randomUUID(), event, metadata: claimMetadata(context) }]);
        try {
          await store.append(streamOf(identity), sealed, seen.revision < 0n ? 'no-stream' : seen.revision);
          return;
        } catch (error) {
          if (!(error instanceof StoreFailure && error.kind === 'wrong-expected-version') || tries === MAX_TRIES) throw error;
        }
        seen = await look(identity);
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

function claimMetadata({ commandId, correlationId, actor, at, traceparent }: CommandContext): EventMetadata {
  return {
    commandId, $correlationId: correlationId, $causationId: commandId, actor, schemaVersion: 1, recordedAt: at.toISOString(),
    ...(traceparent !== undefined && { traceparent }),
  };
}
