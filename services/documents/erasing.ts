import type { BlobStore } from '../../shared/blobs/port.js';
import { ContentDamaged } from '../../shared/blobs/sealed-content.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { Records } from '../../shared/records/record.js';
import { dossierRecord, isKept, type Document } from './state.js';
import { readContent } from './stored-content.js';

/** Bytes of content a line of the backup. */
const PIECE = 48 * 1_024;

export interface DocumentsErasing {
  /**
   * A line with what is known of each document, then its content: `{documentId, part, content}` in base64, parts from 0 on. What cannot be read any more
   * because it was damaged says so: a customer is not kept for ever because of it.
   */
  backUp(customerId: string): AsyncIterable<object>;
  /** Once the key is destroyed: content and marks go. That there were documents stays in the log. */
  erase(customerId: string): Promise<void>;
}

/** What erasing a customer asks of the documents (infra/roles/erasures.ts). */
export function documentsErasing({ records, blobs, vault }: { readonly records: Records; readonly blobs: BlobStore; readonly vault: Vault }): DocumentsErasing {
  async function* contentOf(document: Document): AsyncGenerator<object> {
    const { id: documentId, customerId: owner, blobId: id } = document;
    try {
      const content = await readContent({ blobs, vault }, { space: 'documents', owner, id }, document);
      let part = 0;
      for await (const piece of pieces(content ?? [])) yield { documentId, part: part++, content: piece.toString('base64') };
    } catch (error) {
      if (!(error instanceof ContentDamaged)) throw error;
      yield { documentId, damaged: true };
    }
  }

  return {
    async *backUp(customerId) {
      for (const document of (await records.load(dossierRecord, customerId))?.state.documents.values() ?? []) {
        const { blobId: _, revision, ...known } = document;
        yield { ...known, revision: Number(revision) };
        if (isKept(document)) yield* contentOf(document);
      }
    },
    async erase(customerId) {
      for (const space of ['documents', 'unsettled-documents'] as const) for await (const { name } of blobs.list(space, customerId)) await blobs.remove(name);
    },
  };
}

async function* pieces(content: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of content) {
    held = Buffer.concat([held, chunk]);
    for (; held.length >= PIECE; held = held.subarray(PIECE)) yield held.subarray(0, PIECE);
  }
  if (held.length > 0) yield held;
}
