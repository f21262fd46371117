import type { RecordedLeaf } from '../../services/notary/stored-tree.js';

/** An event as the log has it now. */
export interface LogLeaf {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: number;
  readonly hash: Buffer;
}

/** Where the log and the notary's record of it part. `index` counts the record's leaves from 0; of an added event, the leaf it stands before. */
export type Difference =
  | { readonly kind: 'changed' | 'missing' | 'moved'; readonly index: number; readonly leaf: RecordedLeaf; readonly now?: LogLeaf }
  | { readonly kind: 'added'; readonly index: number; readonly now: LogLeaf };

/** How far ahead an event is looked for before it counts as gone: what was moved further is told as missing here and added there. */
const WINDOW = 1_024;

/**
 * Compares the log with the leaves that were recorded of it, both in order, in bounded memory. Events are known by stream and revision, so that one that
 * was taken out or put elsewhere is told once, and those behind it not at all.
 */
export class LeafComparison {
  private log: LogLeaf[] = [];
  private recorded: RecordedLeaf[] = [];
  private recordEnded = false;
  /** Came in the log before the place it was recorded at; were recorded before the place they have in the log. */
  private readonly early = new Map<string, LogLeaf>();
  private readonly late = new Map<string, RecordedLeaf>();

  constructor(private readonly leaves: AsyncIterator<RecordedLeaf, unknown, undefined>) {}

  /** The log's next event. */
  async push(leaf: LogLeaf): Promise<Difference[]> {
    this.log.push(leaf);
    await this.fill(this.log.length);
    const found: Difference[] = [];
    while (this.log.length > 0 && (this.log.length >= WINDOW || this.agrees())) {
      if (this.log.length >= WINDOW) await this.fill(WINDOW);
      found.push(...this.step());
    }
    return found;
  }

  /** The log has ended. */
  async *finish(): AsyncGenerator<Difference, void, undefined> {
    for (;;) {
      await this.fill(WINDOW);
      if (this.log.length === 0 && this.recorded.length === 0) return;
      yield* this.step();
    }
  }

  private agrees(): boolean {
    const [log, recorded] = [this.log[0], this.recorded[0]];
    return log !== undefined && recorded !== undefined && nameOf(log) === nameOf(recorded) && this.early.size === 0 && this.late.size === 0;
  }

  private async fill(count: number): Promise<void> {
    while (this.recorded.length < count && !this.recordEnded) {
      const next = await this.leaves.next();
      if (next.done) this.recordEnded = true;
      else this.recorded.push(next.value);
    }
  }

  private step(): Difference[] {
    const [now, leaf] = [this.log[0], this.recorded[0]];
    const cameEarly = leaf && this.early.get(nameOf(leaf));
    if (leaf && cameEarly) {
      this.recorded.shift();
      this.early.delete(nameOf(leaf));
      return changeOf(leaf, cameEarly);
    }
    const isLate = now && this.late.get(nameOf(now));
    if (now && isLate) {
      this.log.shift();
      this.late.delete(nameOf(now));
      return changeOf(isLate, now);
    }
    if (!leaf) {
      // What was appended since the record was last written is no difference.
      this.log.shift();
      return [];
    }
    if (!now) return this.missing(leaf);
    if (nameOf(now) === nameOf(leaf)) {
      this.log.shift();
      this.recorded.shift();
      return changeOf(leaf, now);
    }
    const toLeaf = this.log.findIndex((one) => nameOf(one) === nameOf(leaf));
    const toNow = this.recorded.findIndex((one) => nameOf(one) === nameOf(now));
    if (toLeaf < 0) return this.missing(leaf);
    if (toNow >= toLeaf) {
      this.log.shift();
      this.early.set(nameOf(now), now);
      return [{ kind: 'moved', index: leaf.index + toNow, leaf: this.recorded[toNow]!, now }];
    }
    if (toNow < 0) {
      this.log.shift();
      return [{ kind: 'added', index: leaf.index, now }];
    }
    this.recorded.shift();
    this.late.set(nameOf(leaf), leaf);
    return [{ kind: 'moved', index: leaf.index, leaf, now: this.log[toLeaf]! }];
  }

  private missing(leaf: RecordedLeaf): Difference[] {
    this.recorded.shift();
    return [{ kind: 'missing', index: leaf.index, leaf }];
  }
}

const nameOf = ({ stream, revision }: { readonly stream: string; readonly revision: number }): string => `${stream}@${revision}`;

const changeOf = (leaf: RecordedLeaf, now: LogLeaf): Difference[] =>
  (leaf.hash.equals(now.hash) ? [] : [{ kind: 'changed', index: leaf.index, leaf, now }]);
