import type { ExportedHead, HeadExport } from '../../services/notary/head-export.js';
import { StoredTree } from '../../services/notary/stored-tree.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import { readCheckpoint, type Checkpoint, type Verifier } from '../../shared/merkle/checkpoint.js';
import { consistencyRanges, inclusionRanges, type Range } from '../../shared/merkle/tree.js';
import type { Queryable } from '../../shared/read-store/pool.js';
import { checkProof, type ConsistencyProof, type InclusionProof } from './proof-file.js';

/** What proofs are made from. */
export interface ProofSources {
  readonly log: EventStore;
  readonly opsPool: Queryable;
  readonly heads: HeadExport;
  readonly verifier: Verifier;
}

/** A record by stream and revision, or by its position in the log. */
export type RecordName = { readonly stream: string; readonly revision: bigint } | { readonly position: bigint };

/** There is nothing to prove it with: no such record or head, or the record stands behind the last head. */
export class NothingToProve extends Error {
  override readonly name = 'NothingToProve';
}

/** The proof does not hold: log, record and heads do not agree. */
export class ProofFails extends Error {
  override readonly name = 'ProofFails';
}

/** Proves the record under the newest head. @throws NothingToProve, ProofFails */
export async function proveInclusion(sources: ProofSources, name: RecordName): Promise<InclusionProof> {
  const { opsPool, heads } = sources;
  const event = await eventOf(sources.log, name);
  const tree = new StoredTree(opsPool);
  const leaf = (await tree.size()) > 0 ? await tree.leafAt(event.position) : undefined;
  const newest = await headsOf(heads, (await heads.newest()) || 1).next();
  if (newest.done || !leaf || leaf.index >= newest.value.head.size) throw new NothingToProve('no head was signed over this record yet');
  const { head, note } = newest.value;
  const { stream, revision, id, type, bytes } = event;
  return sound(sources, {
    format: 'passbook-inclusion-proof-1',
    record: { stream, revision: Number(revision), id, type, data: base64(bytes!.data), metadata: base64(bytes!.metadata) },
    leafIndex: leaf.index,
    path: await pathOf(tree, inclusionRanges(leaf.index, head.size)),
    head: note,
  });
}

/** Proves that one signed head continues another; both sizes must be those of exported heads. @throws NothingToProve, ProofFails */
export async function proveConsistency(sources: ProofSources, older: number, newer: number): Promise<ConsistencyProof> {
  const found = new Map<number, string>();
  let nearest: number[] = [];
  for await (const { head, note } of headsOf(sources.heads, 1)) {
    if (head.size === older || head.size === newer) found.set(head.size, note);
    nearest = [...nearest, head.size].slice(-8);
  }
  for (const size of [older, newer])
    if (!found.has(size)) throw new NothingToProve(`no head was signed over ${size} events; the last sizes are ${nearest.join(', ') || 'none'}`);
  if (older > newer) throw new NothingToProve('give the smaller size first');
  return sound(sources, {
    format: 'passbook-consistency-proof-1', older: found.get(older)!, newer: found.get(newer)!,
    path: await pathOf(new StoredTree(sources.opsPool), consistencyRanges(older, newer)),
  });
}

/** A proof that its own check refutes is never handed out. */
function sound<P extends InclusionProof | ConsistencyProof>({ verifier }: ProofSources, proof: P): P {
  const verdict = checkProof(JSON.stringify(proof), verifier);
  if (verdict.kind === 'refuted') throw new ProofFails(`${verdict.why}: run "audit verify"`);
  return proof;
}

async function eventOf(log: EventStore, name: RecordName): Promise<StoredEvent> {
  try {
    const one = { limit: 1, bytes: true };
    const events = 'position' in name ? log.readAll({ from: name.position, ...one }) : log.readStream(name.stream, { from: name.revision, ...one });
    for await (const event of events) if ('position' in name ? event.position === name.position : event.revision === name.revision) return event;
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
  throw new NothingToProve('no such record in the log');
}

async function* headsOf(heads: HeadExport, from: number): AsyncGenerator<{ readonly head: Checkpoint; readonly note: string }, void, undefined> {
  for await (const { note } of heads.read(from) as AsyncIterable<ExportedHead>) {
    const head = readCheckpoint(note);
    if (head) yield { head, note };
  }
}

const pathOf = (tree: StoredTree, ranges: readonly Range[]): Promise<string[]> =>
  Promise.all(ranges.map(async (range) => base64(await tree.hashOf(range))));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
