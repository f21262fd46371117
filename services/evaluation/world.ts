import { EVERYTHING, type Asked } from './fact-fields.js';
import type { Group } from './subject-view.js';
import { heldOnce } from './held-once.js';
import { addFact, forgetFacts, newSubject, type CustomerFact, type HeldAccount, type Subject } from './subject.js';

/** What has to be stored. */
export interface Changes {
  /** Record or memory are others; in the order of their ids. */
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
  /** Those used in an earlier batch first. */
  readonly #subjects = new Map<string, Subject>();
  readonly #owners = new Map<string, string>();
  /** Asked for, and nobody's: the bank's own. */
  readonly #ownerless = new Set<string>();
  /** Record that goes → record that stays. */
  readonly #into: Map<string, string>;
  #changed = new Set<string>();
  /** Besides those that changed: they have accounts or facts that were not taken. */
  #moved = new Set<string>();
  /** Here, and not taken as changes yet. */
  readonly #made = new Set<string>();
  #changedAccounts = new Map<string, string>();
  #facts: CustomerFact[] = [];
  #bytes = 0;

  /** `asked`: what is held of facts that come. */
  constructor(merges: Iterable<readonly [gone: string, into: string]> = [], public asked: Asked = EVERYTHING) {
    this.#into = new Map(merges);
  }

  /** Undefined where it is not in hand. */
  inHand(id: string): Subject | undefined {
    return this.#subjects.get(id);
  }

  /** Now the last that is let go of. */
  use(id: string): void {
    const subject = this.#subjects.get(id);
    if (!subject) return;
    this.#subjects.delete(id);
    this.#subjects.set(id, subject);
  }

  hold(subject: Subject): void {
    this.#letGo(subject.id);
    this.#subjects.set(subject.id, subject);
    this.#bytes += bytesOf(subject);
    for (const account of subject.accounts.keys()) this.#owners.set(account, subject.id);
  }

  /** Lets go of those used before the others until they take at most so many bytes, about; never of `needed`, however many facts they have, nor of who has changes that were not taken. */
  keepAtMost(bytes: number, needed: ReadonlySet<string>): void {
    if (this.#bytes <= bytes) return;
    for (const id of this.#subjects.keys()) {
      if (this.#bytes <= bytes) return;
      if (!needed.has(id) && !this.#changed.has(id) && !this.#moved.has(id)) this.#letGo(id);
    }
  }

  /** No question reaches behind the moment: of these customers older facts are let go, once there are `atLeast` so many. They have to be loaded again for one that does. */
  forgetFacts(ids: Iterable<string>, before: number, atLeast: number): void {
    for (const id of ids) {
      const subject = this.#subjects.get(id);
      if (subject) this.#bytes -= forgetFacts(subject, before, atLeast) * FACT_BYTES;
    }
  }

  #letGo(id: string): void {
    const subject = this.#subjects.get(id);
    if (!subject) return;
    if (this.#changed.has(id) || this.#moved.has(id)) throw new Error(`customer ${id} has changes that are not saved`);
    this.#subjects.delete(id);
    this.#made.delete(id);
    this.#bytes -= bytesOf(subject);
    for (const account of subject.accounts.keys()) this.#owners.delete(account);
  }

  subject(id: string): Subject {
    const known = this.inHand(id);
    if (known) return known;
    const made = newSubject(id);
    this.#subjects.set(id, made);
    this.#made.add(id);
    this.#bytes += SUBJECT_BYTES;
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
    this.#move(subject);
  }

  add(fact: CustomerFact): void {
    const subject = this.subject(fact.customerId);
    if (addFact(subject, fact, this.asked)) this.#bytes += FACT_BYTES;
    this.#facts.push(fact);
    this.#move(subject);
  }

  /** Record or memory. */
  change(subject: Subject): void {
    this.#changed.add(subject.id);
  }

  /** Somebody of whom nothing else is known is kept as well. */
  #move(subject: Subject): void {
    if (this.#made.has(subject.id)) this.change(subject);
    else this.#moved.add(subject.id);
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
    for (const id of this.#changed) this.#made.delete(id);
    this.#changed = new Set();
    this.#moved = new Set();
    this.#changedAccounts = new Map();
    this.#facts = [];
    return taken;
  }
}

/** About what they take in hand, aggregates and all. */
const SUBJECT_BYTES = 2_500;
const FACT_BYTES = 250;
const bytesOf = ({ facts }: Subject): number => [...facts.values()].reduce((sum, { length }) => sum + length * FACT_BYTES, SUBJECT_BYTES);
