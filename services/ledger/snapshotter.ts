import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { SnapshotDraft, Snapshots } from './snapshot-port.js';
import { StateImage } from './state-image.js';
import type { LedgerState } from './state.js';

const KEEP = 2;

/**
 * Writes snapshots beside the work: the picture is taken between two groups, its chunks are made and written one at a time with the event loop free in
 * between. It becomes usable only once everything it shows is stored; if that is undone instead, it is thrown away.
 */
export class Snapshotter {
  #current: { readonly revision: number; readonly image: StateImage; stored: () => void; undone: (why: Error) => void; done: Promise<void> } | undefined;
  #lastRevision: number;

  constructor(
    private readonly sources: { readonly shard: number; readonly snapshots: Snapshots; readonly state: LedgerState; readonly logger: Logger; readonly every: number },
    private readonly logId: () => string,
    lastRevision: number,
  ) {
    this.#lastRevision = lastRevision;
  }

  get lastRevision(): number {
    return this.#lastRevision;
  }

  /** Called between groups, when the state is that after `revision`. `stored` is the last revision that is stored. */
  consider(revision: number, stored: number): void {
    if (!this.#current && revision - this.#lastRevision >= this.sources.every) this.take(revision, stored);
  }

  take(revision: number, stored: number): void {
    if (this.#current) return;
    const image = new StateImage(this.sources.state);
    let resolve: () => void = () => {};
    let reject: (why: Error) => void = () => {};
    const settled = new Promise<void>((yes, no) => ((resolve = yes), (reject = no)));
    settled.catch(() => {});
    const current = { revision, image, stored: resolve, undone: reject, done: Promise.resolve() };
    this.#current = current;
    if (stored >= revision) resolve();
    current.done = this.#write(image, revision, settled).finally(() => {
      image.release();
      this.#current = undefined;
    });
  }

  stored(revision: number): void {
    if (this.#current && revision >= this.#current.revision) this.#current.stored();
  }

  /** Everything after `revision` was taken back. */
  undone(revision: number): void {
    if (this.#current && this.#current.revision > revision) {
      this.#current.image.release();
      this.#current.undone(new Error('what the snapshot shows was undone'));
    }
  }

  async finished(): Promise<void> {
    await this.#current?.done;
  }

  async #write(image: StateImage, revision: number, settled: Promise<void>): Promise<void> {
    const { snapshots, shard, logger } = this.sources;
    let draft: SnapshotDraft | undefined;
    try {
      draft = await snapshots.begin(shard, this.logId(), revision);
      const hash = createHash('sha256');
      for (const chunk of image.chunks()) {
        hash.update(chunk);
        await draft.write(chunk);
        await setImmediate();
      }
      await settled;
      await draft.complete(hash.digest('hex'), KEEP);
      logger.info({ revision }, 'snapshot written');
    } catch (error) {
      logger.warn({ err: error, revision }, 'no snapshot was written');
      await draft?.discard().catch(() => {});
    }
    this.#lastRevision = revision; // also after a failure: tried again after the next stretch, not after every group
  }
}
