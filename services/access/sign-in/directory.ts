import type { Rights } from '../../../shared/access/rights.js';

/** In the log, of whoever holds none now. */
export const NO_ROLE = 'none';

/** Somebody who may sign in, as sign-in needs to know. */
export interface Holder {
  readonly id: string;
  readonly username: string;
  /** As it shall stand in the log. */
  readonly role: string;
  readonly branch?: string;
  /** Of a demonstration: no second factor is asked for, whatever the policy. */
  readonly passwordSuffices?: true;
}

/** A program that uses the bank. */
export interface Client {
  readonly id: string;
  readonly role: string;
  readonly branch?: string;
  readonly rights: Rights;
}

/**
 * Who there is: the answers of services/access' model. Only those who may sign in now are found: nobody suspended or gone, no retired key. Throws Refusal
 * `outage` when it cannot know.
 */
export interface Directory {
  byUsername(username: string, at: Date): Promise<Holder | undefined>;
  byId(id: string, at: Date): Promise<Holder | undefined>;
  /** Whoever a subject of an OpenID provider is linked to, by its digest (openid-sign-in.ts). */
  bySubject(digest: string, at: Date): Promise<Holder | undefined>;
  rightsOf(id: string, at: Date): Promise<Rights | undefined>;
  /** Of whoever acts as another; undefined where they do not. */
  actingRightsOf(id: string, asId: string, at: Date): Promise<Rights | undefined>;
  /** The client whose key is in force under this id. */
  clientByKey(keyId: string, at: Date): Promise<Client | undefined>;
}
