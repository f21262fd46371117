import type { HolderKind, Proof, SessionEnd } from '../../../shared/events/access/sign-in-events.js';

/** What one sign-in opened: a family of refresh tokens, of which one at a time is valid. */
export interface Session {
  readonly id: string;
  readonly kind: HolderKind;
  readonly holderId: string;
  readonly proofs: readonly Proof[];
  /** What the client says it is. */
  readonly device: string;
  /** The address it was last used from. */
  readonly place: string;
  readonly openedAt: Date;
  readonly lastUsedAt: Date;
  /** At the latest, however much it is used. */
  readonly expiresAt: Date;
  /** When a second factor was proved again within it. */
  readonly steppedUpAt?: Date;
}

export interface OpenSession {
  readonly kind: HolderKind;
  readonly holderId: string;
  readonly proofs: readonly Proof[];
  readonly device: string;
  readonly place: string;
  readonly at: Date;
}

export type Refreshed =
  | { readonly outcome: 'refreshed'; readonly session: Session; readonly refreshToken: string }
  /** The token had been exchanged before: it is in two hands. The whole session is revoked. */
  | { readonly outcome: 'reused'; readonly session: Session; readonly wasLive: boolean }
  | { readonly outcome: 'refused' };

export const SESSION_LASTS_MS = 12 * 3_600_000;
export const SESSION_IDLES_MS = 30 * 60_000;
/** Longer than any access token lives: after that nobody asks whether its session was revoked. */
export const REVOCATIONS_SHOWN_MS = 15 * 60_000;

/** Of tokens only hashes are kept. Adapters: `postgres-sessions.ts`, `testing/memory-sessions.ts`; `testing/sessions-contract.ts` runs on both. */
export interface Sessions {
  open(opening: OpenSession): Promise<{ readonly session: Session; readonly refreshToken: string }>;
  /** Exchanges a token of that kind of people for the next; of two who show the same one, one gets the next and the other ends the session. */
  refresh(token: string, from: { readonly kind: HolderKind; readonly place: string; readonly at: Date }): Promise<Refreshed>;
  /** Live ones, the last used first. */
  list(holderId: string, at: Date): Promise<Session[]>;
  /** A live one. */
  find(id: string, at: Date): Promise<Session | undefined>;
  /** The holder proved more within the session. */
  addProof(id: string, proof: Proof): Promise<void>;
  /** A second factor was proved again; undefined where it is not live. */
  stepUp(id: string, proof: Proof, at: Date): Promise<Session | undefined>;
  /** Of a holder: this one, or all but this one. Tells which were live and are not any more. Other processes hear of it at once. */
  revoke(which: { readonly holderId: string; readonly only?: string; readonly except?: string }, why: SessionEnd, at: Date): Promise<string[]>;
  /** Ids revoked after a moment. */
  revokedSince(at: Date): Promise<string[]>;
  /** Live ones of each kind of people, none left out. */
  count(at: Date): Promise<{ readonly kind: HolderKind; readonly live: number }[]>;
  /** Of whoever is erased: no row is left. */
  forget(holderId: string): Promise<void>;
  /** Removes what ended long ago. */
  sweep(at: Date): Promise<void>;
}

export const isLive = ({ lastUsedAt, expiresAt }: Pick<Session, 'lastUsedAt' | 'expiresAt'>, at: Date): boolean =>
  at < expiresAt && at.getTime() < lastUsedAt.getTime() + SESSION_IDLES_MS;
