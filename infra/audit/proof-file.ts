import { z } from 'zod';
import { openCheckpoint, type Checkpoint, type Verifier } from '../../shared/merkle/checkpoint.js';
import { leafOf } from '../../shared/merkle/event-leaf.js';
import { provesConsistency, provesInclusion } from '../../shared/merkle/proofs.js';
import { HASH_BYTES } from '../../shared/merkle/tree.js';

const base64 = z.base64();
const path = z.array(base64.refine((text) => Buffer.from(text, 'base64').length === HASH_BYTES)).max(64);
const count = z.int().min(0);

/** One record stands in the log: shows this record (as sealed as it is stored) and no other. Bytes and hashes in base64. */
const inclusionProof = z.strictObject({
  format: z.literal('passbook-inclusion-proof-1'),
  record: z.strictObject({ stream: z.string(), revision: count, id: z.string(), type: z.string(), data: base64, metadata: base64 }),
  leafIndex: count,
  path,
  head: z.string(),
});

/** The log under the newer head is the log under the older one with events added behind: shows no record at all. */
const consistencyProof = z.strictObject({ format: z.literal('passbook-consistency-proof-1'), older: z.string(), newer: z.string(), path });

const proof = z.discriminatedUnion('format', [inclusionProof, consistencyProof]);

export type InclusionProof = z.infer<typeof inclusionProof>;
export type ConsistencyProof = z.infer<typeof consistencyProof>;

export type ProofVerdict = { readonly kind: 'proved'; readonly says: string } | { readonly kind: 'refuted'; readonly why: string };

/** Checks a proof with nothing but the bank's public key, and where it is given a head that the asker had of the bank before. */
export function checkProof(text: string, verifier: Verifier, knownNote?: string): ProofVerdict {
  const parsed = proof.safeParse(jsonOf(text));
  if (!parsed.success) return refuted('this is no proof of a format known here');
  const known = knownNote === undefined ? undefined : openCheckpoint(knownNote, verifier);
  if (knownNote !== undefined && !known) return refuted('the head that was given is not signed by this key');
  switch (parsed.data.format) {
    case 'passbook-inclusion-proof-1':
      return checkInclusion(parsed.data, verifier, known);
    case 'passbook-consistency-proof-1':
      return checkConsistency(parsed.data, verifier, known);
  }
}

function checkInclusion(proved: InclusionProof, verifier: Verifier, known: Checkpoint | undefined): ProofVerdict {
  const { record, leafIndex, path: hashes, head: note } = proved;
  const head = openCheckpoint(note, verifier);
  if (!head) return refuted('the proof\'s head is not signed by this key');
  if (known && !isSame(known, head))
    return refuted(`the proof's head (size ${head.size}) is not the one that was given (size ${known.size}): ask for a proof of consistency`);
  const leaf = leafOf({ ...record, data: Buffer.from(record.data, 'base64'), metadata: Buffer.from(record.metadata, 'base64') });
  if (!provesInclusion(leafIndex, leaf, bytesOf(hashes), head)) return refuted('the record is not in the log that was signed');
  const { stream, revision, type, id } = record;
  return { kind: 'proved', says: `${stream}@${revision} (${type}, ${id}) is event ${leafIndex} of the ${head.size} that ${head.origin} signed` };
}

function checkConsistency(proved: ConsistencyProof, verifier: Verifier, known: Checkpoint | undefined): ProofVerdict {
  const [older, newer] = [openCheckpoint(proved.older, verifier), openCheckpoint(proved.newer, verifier)];
  if (!older || !newer) return refuted('a head of the proof is not signed by this key');
  if (known && !isSame(known, older) && !isSame(known, newer))
    return refuted(`the head that was given (size ${known.size}) is neither of the proof's (sizes ${older.size} and ${newer.size})`);
  if (!provesConsistency(older, newer, bytesOf(proved.path)))
    return refuted(`it does not show that the log of ${newer.size} events continues the log of ${older.size}`);
  return { kind: 'proved', says: `the log of ${newer.size} events that ${newer.origin} signed is the log of ${older.size} with events added behind` };
}

const refuted = (why: string): ProofVerdict => ({ kind: 'refuted', why });
const bytesOf = (hashes: readonly string[]): Buffer[] => hashes.map((hash) => Buffer.from(hash, 'base64'));
const isSame = (a: Checkpoint, b: Checkpoint): boolean => a.size === b.size && Buffer.compare(a.root, b.root) === 0;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
