import { setImmediate as turn } from 'node:timers/promises';
import { Feed } from '../../shared/event-store/feed.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { HeadTaken } from './head-export.js';
import type { NotaryOptions, NotaryTimings } from './notary.js';
import { Contradiction, SignedHeads, type NumberedHead } from './signed-heads.js';
import { StoredTree } from './stored-tree.js';
import { DamagedTree, leafOfStored, Overtaken, TreeKeeper } from './tree-keeper.js';

export interface Following {
  readonly size: number;
  readonly signedSize: number;
  readonly signedAtMs?: number;
  readonly lagSeconds: number;
}

interface FollowOptions extends NotaryOptions {
  readonly epoch: bigint;
  readonly timings: NotaryTimings;
  /** Ends the work: stopping, or the lease may be lost. */
  readonly signal: AbortSignal;
  /** Of the two, only this one is waited for with a last head. */
  readonly stopping: AbortSignal;
}

const BATCH_EVENTS = 4_096;

/**
 * Takes the log into the tree from where it was left, and signs heads as it grows; until the signal. Each head that was signed before is compared with
 * the tree as it reaches that head's size. @throws Contradiction, and whatever the parts throw
 */
export async function followLog(options: FollowOptions, told: (now: Following) => void): Promise<void> {
  const { eventStore, opsPool, logger, timings, epoch } = options;
  const keeper = await TreeKeeper.load(opsPool, epoch);
  const heads = new SignedHeads(opsPool, epoch, options.heads, options.origin, options.key);
  await heads.reconcile();
  await checkResumed(options, keeper, heads);
  let next: NumberedHead | undefined = await heads.nextAbove(keeper.tree.size);
  let [lastSave, lastSign, shortSince, signedAtMs] = [Date.now(), Date.now(), undefined as number | undefined, undefined as number | undefined];
  let [caughtUp, recordedAt] = [false, Date.now()];

  const ends = new AbortController();
  const signal = AbortSignal.any([options.signal, ends.signal]);
  const after = keeper.resume;
  const feed = new Feed(eventStore.subscribeAll({ ...(after && { after }), bytes: true, signal }), BATCH_EVENTS * 2);
  const tell = (): void => told({
    size: keeper.tree.size, signedSize: heads.exportedSize, ...(signedAtMs !== undefined && { signedAtMs }),
    lagSeconds: caughtUp && feed.waiting === 0 ? 0 : Math.max(0, (Date.now() - recordedAt) / 1_000),
  });
  try {
    while (!options.signal.aborted) {
      // What the network brings at once is taken at once: event by event, the waiting would cost more than the hashing.
      if (!caughtUp) await turn();
      for (const item of await feed.take(BATCH_EVENTS, timings.saveEveryMs).catch(noneIfEnded)) {
        if (item.kind === 'caught-up') caughtUp = true;
        if (item.kind !== 'event') continue;
        keeper.add(item.event, item.checkpoint);
        recordedAt = recordedAtOf(item.event) ?? recordedAt;
        if (next && keeper.tree.size === next.size) next = await passed(next, keeper, heads);
      }
      if (feed.waiting > BATCH_EVENTS) caughtUp = false;
      shortSince = next && caughtUp && feed.waiting === 0 ? (shortSince ?? Date.now()) : undefined;
      if (next && shortSince !== undefined && Date.now() - shortSince > timings.shortLogPatienceMs)
        throw new Contradiction(`the log ends after ${keeper.tree.size} events, head ${next.number} was signed over ${next.size}`);
      if (keeper.unsaved >= BATCH_EVENTS || Date.now() - lastSave >= timings.saveEveryMs) {
        await keeper.save();
        lastSave = Date.now();
      }
      const grown = keeper.tree.size - (heads.newest?.size ?? 0);
      if (!heads.allExported || (grown > 0 && Date.now() - lastSign >= timings.signEveryMs) || grown >= timings.signEveryEvents) await sign();
      tell();
    }
  } finally {
    ends.abort();
  }
  if (options.stopping.aborted) await sign();
  tell();

  function noneIfEnded(error: unknown): [] {
    if (options.signal.aborted) return [];
    throw error;
  }

  async function sign(): Promise<void> {
    // Heads above the tree's size stand until the log has grown to them again.
    if (next) return;
    await keeper.save();
    lastSign = Date.now();
    try {
      if (await heads.sign({ size: keeper.tree.size, root: keeper.tree.root() })) signedAtMs = Date.now();
    } catch (error) {
      if (error instanceof Overtaken || error instanceof HeadTaken || error instanceof Contradiction) throw error;
      logger.error({ err: error, number: heads.newest?.number }, 'a signed head could not be exported; it is tried again');
    }
  }
}

/**
 * What was stored must be the tree of the last head, or it is built anew from the log; and its last event must still be in the log, so that one that
 * was rewritten while no notary ran is noticed before anything is added.
 */
async function checkResumed({ eventStore, opsPool }: FollowOptions, { tree, resume }: TreeKeeper, heads: SignedHeads): Promise<void> {
  if (tree.size === 0 || !resume) return;
  const stored = new StoredTree(opsPool);
  const head = await heads.lastUpTo(tree.size);
  if (head && !(await stored.rootAt(head.size)).equals(head.root))
    throw new DamagedTree(`the stored tree is not the one of head ${head.number} (size ${head.size})`);
  for await (const leaf of stored.leaves(tree.size - 1, tree.size)) {
    const event = await eventAt(eventStore, leaf.position);
    if (event && leafOfStored(event).equals(leaf.hash)) continue;
    const what = event ? 'is another now' : 'is not in the log any more';
    throw new Contradiction(`the last event taken in, ${leaf.stream}@${leaf.revision} at position ${leaf.position}, ${what}`);
  }
}

async function eventAt(eventStore: FollowOptions['eventStore'], position: bigint): Promise<StoredEvent | undefined> {
  for await (const event of eventStore.readAll({ from: position, limit: 1, bytes: true })) return event.position === position ? event : undefined;
  return undefined;
}

async function passed(head: NumberedHead, { tree }: TreeKeeper, heads: SignedHeads): Promise<NumberedHead | undefined> {
  if (!tree.root().equals(head.root)) throw new Contradiction(`the log's first ${head.size} events are not those under head ${head.number}`);
  return heads.nextAbove(head.size);
}

function recordedAtOf({ metadata }: StoredEvent): number | undefined {
  const { recordedAt } = metadata as { readonly recordedAt?: unknown };
  const at = typeof recordedAt === 'string' ? Date.parse(recordedAt) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
