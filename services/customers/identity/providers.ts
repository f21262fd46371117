import type { IdentityOutcome } from '../../../shared/events/customers/identity-events.js';

/** As the record has them. */
export interface KnownPerson {
  readonly name: string;
  readonly documentType: string;
  readonly number: string;
  readonly country?: string;
}

export interface RegistryAnswer {
  readonly outcome: IdentityOutcome;
  readonly reference?: string;
}

/** A register of persons outside this bank. Throws, whatever it is, where it cannot say. */
export interface IdentityRegistry {
  /** As it stands in the log. */
  readonly name: string;
  check(person: KnownPerson, signal: AbortSignal): Promise<RegistryAnswer>;
}

export interface FaceAnswer {
  readonly outcome: Exclude<IdentityOutcome, 'not-found'>;
  /** 0 to 1. */
  readonly score: number;
  readonly reference?: string;
}

/** Compares the picture of an ID document with one that was just taken. Throws where it cannot say. */
export interface FaceMatch {
  readonly name: string;
  compare(document: Buffer, live: Buffer, signal: AbortSignal): Promise<FaceAnswer>;
}

/** None is configured, or it does not answer. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

const none = async (): Promise<never> => {
  throw new ProviderUnavailable('none is configured');
};
export const noRegistry: IdentityRegistry = { name: 'none', check: none };
export const noFaceMatch: FaceMatch = { name: 'none', compare: none };
