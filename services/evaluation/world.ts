import type { Group } from './subject-view.js';
import { heldOnce } from './held-once.js';
import { addFact, forgetFacts, newSubject, type CustomerFact, type HeldAccount, type Subject } from './subject.js';

/** What has to be stored. */
export interface Changes {
  /** In the order of their ids; of their accounts and facts only those below are others. */
  readonly changed: readonly Subject[];
  readonly accounts: readonly { readonly id: string; readonly customerId: string; readonly account: HeldAccount }[];
  /** Added. */
  readonly facts: readonly CustomerFact[];
}

/**
 * The customers an evaluator has in hand. What an event concerns was loaded before (`hold`), or is new. Merged records keep their own rows: a group is the survivor
 * with those merged into it, so that taking a merge back needs nothing but the word.
 */
export class World {
  /** Least lately used first. */
  readonly #subjects = new Map<string, Subject>();
  readonly #owners = new Map<string, string>();
  /** Asked for, and nobody's: the bank's own. */
  readonly #ownerless = new Set<string>();
  /** Record that goes → record that stays. */
  readonly #into: Map<string, string>;
  #changed = new Set<string>();
  #changedAccounts = new Map<string, string>();
  #facts: CustomerFact[] = [];
  #factsInHand = 0;

  constructor(merges: Iterable<readonly [gone: string, into: string]> = []) {
    this.#into = new Map(merges);
  }

  /** Undefined where it is not in hand. */
  inHand(id: string): Subject | undefined {
    const subject = this.#subjects.get(id);
    if (subject) {
      this.#subjects.delete(id);
      this.#subjects.set(id, subject);
    }
    return subject;
  }

  hold(subject: Subject): void {
    this.#letGo(subject.id);
    this.#subjects.set(subject.id, subject);
    this.#factsInHand += countFacts(subject);
    for (const account of subject.accounts.keys()) this.#owners.set(account, subject.id);
  }

  /** Lets go of those used before the others until at most so many facts are in hand; never of `needed`, however many facts they have, nor of who has changes that were not taken. */
  keepAtMost(facts: number, needed: ReadonlySet<string>): void {
    for (const id of this.#subjects.keys()) {
      if (this.#factsInHand <= facts && this.#subjects.size <= facts) return;
      if (!needed.has(id) && !this.#changed.has(id)) this.#letGo(id);
    }
  }

  /** No question reaches behind the moment: of these customers older facts are let go, once there are `atLeast` so many. They have to be loaded again for one that does. */
  forgetFacts(ids: Iterable<string>, before: number, atLeast: number): void {
    for (const id of ids) {
      const subject = this.#subjects.get(id);
      if (subject) this.#factsInHand -= forgetFacts(subject, before, atLeast);
    }
  }

  #letGo(id: string): void {
    const subject = this.#subjects.get(id);
    if (!subject) return;
    if (this.#changed.has(id)) throw new Error(`customer ${id} has changes that are not saved`);
    this.#subjects.delete(id);
    this.#factsInHand -= countFacts(subject);
    for (const account of subject.accounts.keys()) this.#owners.delete(account);
  }

  subject(id: string): Subject {
    const known = this.inHand(id);
    if (known) return known;
    const made = newSubject(id);
    this.#subjects.set(id, made);
    return made;
  }

  ownerOf(account: string): Subject | undefined {
    const owner = this.#owners.get(account);
    return owner === undefined ? undefined : this.subject(owner);
  }

  /** Whose owners have to be asked for. */
  strangersAmong(accounts: Iterable<string>): string[] {
    return [...new Set(accounts)].filter((account) => !this.#owners.has(account) && !this.#ownerless.has(account));
  }

  /** They were asked for, and nobody who is kept owns them. */
  areOwnerless(accounts: Iterable<string>): void {
    for (const account of accounts) this.#ownerless.add(account);
  }

  /** Opens the account, or changes it. */
  holdAccount(customerId: string, id: string, account: HeldAccount): void {
    const subject = this.subject(customerId);
    subject.accounts.set(id, account);
    this.#owners.set(id, customerId);
    this.#ownerless.delete(id);
    this.#changedAccounts.set(id, customerId);
    this.change(subject);
  }

  add(fact: CustomerFact): void {
    const subject = this.subject(fact.customerId);
    addFact(subject, fact);
    this.#facts.push(fact);
    this.#factsInHand++;
    this.change(subject);
  }

  change(subject: Subject): void {
    this.#changed.add(subject.id);
  }

  /** The same text, held once: every fact comes with a copy of its own. */
  readonly once = heldOnce();

  isSurvivor(id: string): boolean {
    return !this.#into.has(id);
  }

  survivorOf(id: string): string {
    const into = this.#into.get(id);
    return into === undefined ? id : this.survivorOf(into);
  }

  groupOf(id: string): Group {
    const survivor = this.survivorOf(id);
    return [this.subject(survivor), ...this.mergedInto(survivor).map((gone) => this.subject(gone))];
  }

  /** Every record that has become this one, in the order of their ids. */
  mergedInto(survivor: string): string[] {
    return this.#into.size === 0 ? [] : [...this.#into.keys()].filter((gone) => this.survivorOf(gone) === survivor).sort();
  }

  merge(gone: string, into: string): void {
    this.#into.set(gone, into);
  }

  unmerge(gone: string): void {
    this.#into.delete(gone);
  }

  get merges(): readonly (readonly [string, string])[] {
    return [...this.#into];
  }

  /** Since it was asked last. */
  takeChanges(): Changes {
    const accounts = [...this.#changedAccounts].map(([id, customerId]) => ({ id, customerId, account: this.subject(customerId).accounts.get(id)! }));
    const taken = { changed: [...this.#changed].sort().map((id) => this.subject(id)), accounts, facts: this.#facts };
    this.#changed = new Set();
    this.#changedAccounts = new Map();
    this.#facts = [];
    return taken;
  }
}

const countFacts = ({ facts }: Subject): number => [...facts.values()].reduce((sum, { length }) => sum + length, 0);
