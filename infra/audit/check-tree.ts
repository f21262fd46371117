import type { HeadExport } from '../../services/notary/head-export.js';
import { StoredTree } from '../../services/notary/stored-tree.js';
import { leafOfStored } from '../../services/notary/tree-keeper.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { openCheckpoint, readCheckpoint, type Verifier } from '../../shared/merkle/checkpoint.js';
import { GrowingTree } from '../../shared/merkle/growing-tree.js';
import type { Head } from '../../shared/merkle/proofs.js';
import type { Queryable } from '../../shared/read-store/pool.js';
import { LeafComparison, type Difference } from './compare-leaves.js';
import type { Finding } from './finding.js';

interface NumberedHead extends Head {
  readonly number: number;
}

/** More differences than these are counted, not told. */
const MOST_TOLD = 50;

/**
 * Builds the Merkle tree over the log as it is read, compares its root with every exported head as it reaches the head's size, and each event with
 * the notary's own record, which names what is not as it was.
 */
export class TreeCheck {
  /** Heads whose signature is good and whose root is the log's. */
  fittingHeads = 0;
  private readonly tree = new GrowingTree();
  private readonly differences: Difference[] = [];
  private untold = 0;
  private fitsUpTo = 0;
  private misfit: NumberedHead | undefined;
  private next: NumberedHead | undefined;
  private lastSize = 0;

  private constructor(
    private readonly heads: AsyncIterator<{ readonly number: number; readonly note: string }, unknown, undefined>,
    private readonly verifier: Verifier | undefined,
    private readonly record: StoredTree,
    private readonly recordedSize: number,
    private readonly comparison: LeafComparison,
  ) {}

  /** Before the log is read: what is recorded later is not compared. Without a verifier no signature counts as good. */
  static async open(database: Queryable, heads: HeadExport, verifier: Verifier | undefined, tell: (finding: Finding) => void): Promise<TreeCheck> {
    const record = new StoredTree(database);
    const size = await record.size();
    const check = new TreeCheck(heads.read(1)[Symbol.asyncIterator](), verifier, record, size, new LeafComparison(record.leaves(0, size)));
    await check.advance(tell);
    return check;
  }

  /** The log's next event, read with its bytes. */
  async check(stored: StoredEvent, tell: (finding: Finding) => void): Promise<void> {
    const hash = leafOfStored(stored);
    this.tree.append(hash);
    this.keep(await this.comparison.push({ position: stored.position, stream: stored.stream, revision: Number(stored.revision), hash }));
    if (this.next?.size !== this.tree.size) return;
    if (this.tree.root().equals(this.next.root)) {
      this.fittingHeads++;
      this.fitsUpTo = this.next.size;
    } else this.misfit ??= this.next;
    await this.advance(tell);
  }

  async finish(tell: (finding: Finding) => void): Promise<void> {
    for await (const difference of this.comparison.finish()) this.keep([difference]);
    const { misfit, next } = this;
    const signed = misfit && `the log's first ${misfit.size} events are not those that were signed; those up to ${this.fitsUpTo} are`;
    if (misfit) tell({ code: 'head_root', where: whereOf(misfit), detail: signed! });
    if (next) tell({ code: 'log_short', where: whereOf(next), detail: `signed over ${next.size} events, the log has ${this.tree.size}` });
    const bad = misfit ?? next;
    if (bad && bad.size <= this.recordedSize && !(await this.recordHas(bad))) {
      const detail = 'the notary\'s record is not what was signed either: what it names below is no proof';
      tell({ code: 'record_differs', where: whereOf(bad), detail });
    }
    for (const difference of this.differences) tell(findingOf(difference, this.fitsUpTo));
    if (this.untold > 0) tell({ code: 'event_changed', where: 'log', detail: `${this.untold} more events are not as they were recorded` });
  }

  /** To the next head that can be compared; tells of those that cannot. */
  private async advance(tell: (finding: Finding) => void): Promise<void> {
    this.next = undefined;
    while (!this.next) {
      const read = await this.heads.next();
      if (read.done) return;
      const { number, note } = read.value;
      const head = this.verifier && openCheckpoint(note, this.verifier);
      const where = `head ${number}`;
      if (!head) tell({ code: 'head_signature', where, detail: unsigned(note, this.verifier) });
      else if (head.size <= this.lastSize)
        tell({ code: 'head_order', where, detail: `signed over ${head.size} events, the one before it over ${this.lastSize}` });
      else [this.next, this.lastSize] = [{ number, size: head.size, root: head.root }, head.size];
    }
  }

  private keep(found: readonly Difference[]): void {
    for (const difference of found) {
      if (this.differences.length < MOST_TOLD) this.differences.push(difference);
      else this.untold++;
    }
  }

  private async recordHas({ size, root }: NumberedHead): Promise<boolean> {
    try {
      return (await this.record.rootAt(size)).equals(root);
    } catch {
      return false;
    }
  }
}

const whereOf = ({ number }: NumberedHead): string => `head ${number}`;

const unsigned = (note: string, verifier: Verifier | undefined): string =>
  verifier ? `not signed by ${verifier.text}` : `cannot be checked without the public key; it says ${readCheckpoint(note)?.size ?? 'no size'}`;

/** Below a head that fits the log is what was signed: what differs there is the record. */
function findingOf(difference: Difference, fitsUpTo: number): Finding {
  const { index, kind } = difference;
  const at = difference.kind === 'added' ? difference.now : difference.leaf;
  const where = `${at.stream}/${at.revision}`;
  if (index < fitsUpTo)
    return { code: 'record_differs', where, detail: `leaf ${index}: the log is what was signed, the notary's record is not (${kind})` };
  const place = `event ${index} of the log, position ${at.position}`;
  switch (kind) {
    case 'changed':
      return { code: 'event_changed', where, detail: `${place}: not the bytes that were recorded` };
    case 'missing':
      return { code: 'event_missing', where, detail: `${place}: recorded, and not in the log any more` };
    case 'moved':
      return { code: 'event_moved', where, detail: `${place}: recorded there, now at position ${difference.now?.position}` };
    case 'added':
      return { code: 'event_added', where, detail: `before ${place}: in the log, and not there when it was recorded` };
  }
}
