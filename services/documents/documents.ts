import { createHash } from 'node:crypto';
import { BlobsUnavailable, type BlobName, type BlobStore } from '../../shared/blobs/port.js';
import { ContentDamaged } from '../../shared/blobs/sealed-content.js';
import { SubjectErased, type Vault } from '../../shared/crypto/vault.js';
import type { ContentType, DocumentKind } from '../../shared/events/documents/values.js';
import type { CommandContext } from '../../shared/http/context.js';
import { Refusal } from '../../shared/http/context.js';
import { unreachable } from '../../shared/kernel/decision.js';
import type { Executed, Records } from '../../shared/records/record.js';
import type { RemoveDocument } from './commands.js';
import { checkedContent } from './content-check.js';
import { decideAttach, decideRemove } from './decider.js';
import type { Settlement } from './settlement.js';
import { dossierRecord, isKept, type Document } from './state.js';
import { readContent, writeContent } from './stored-content.js';

export interface DocumentsOptions {
  readonly records: Records;
  readonly blobs: BlobStore;
  readonly vault: Vault;
  readonly settlement: Settlement;
  /** Random UUIDs, for blobs. */
  readonly newId: () => string;
  /** restricted: the law has it kept, or its erasure is under way; nothing may change. */
  readonly standingOf: (customerId: string) => Promise<Standing>;
  /** Every id under which the customer was ever registered: the one in use first, the one asked for among them. */
  readonly idsOf: (customerId: string) => Promise<readonly string[]>;
  readonly mostBytes: number;
}

/** merged: the id of a record that stands for another's; what it has goes on, nothing comes to it. */
export type Standing = 'absent' | 'active' | 'restricted' | 'erased' | 'merged';

export interface Upload {
  readonly customerId: string;
  readonly documentId: string;
  readonly kind: DocumentKind;
  readonly contentType: ContentType;
  readonly fileName: string;
  readonly content: AsyncIterable<Buffer>;
}

/** The module's commands and what others ask of it. */
export interface Documents {
  /** `contextOf`: the command's context, given the SHA-256 of what was sent; a repeat is recognised by it. */
  attach(upload: Upload, contextOf: (contentHash: string) => CommandContext): Promise<Executed & { readonly status: Document['status'] }>;
  remove(command: RemoveDocument, context: CommandContext): Promise<Executed>;
  /** Whether the customer's data is kept and not processed: then few may see any of it. */
  isRestricted(customerId: string): Promise<boolean>;
  /** Of all ids of the customer, in the order in which they were attached. */
  list(customerId: string): Promise<readonly Document[]>;
  find(customerId: string, documentId: string): Promise<Document | undefined>;
  /** Whatever is not clean is refused. */
  read(document: Document): Promise<AsyncIterable<Buffer>>;
  /** Those that are no documents of the customer, or have no content any more. */
  missingAmong(customerId: string, documentIds: readonly string[]): Promise<readonly string[]>;
}

export function createDocuments(options: DocumentsOptions): Documents {
  const { records, blobs, vault, settlement, newId, standingOf, idsOf, mostBytes } = options;

  async function list(customerId: string): Promise<Document[]> {
    const dossiers = await Promise.all((await idsOf(customerId)).map((id) => records.load(dossierRecord, id)));
    const all = dossiers.flatMap((dossier) => [...(dossier?.state.documents.values() ?? [])]);
    return dossiers.length === 1 ? all : all.sort((a, b) => (a.attachedAt < b.attachedAt ? -1 : a.attachedAt > b.attachedAt ? 1 : 0));
  }
  const find = async (customerId: string, documentId: string): Promise<Document | undefined> => (await list(customerId)).find(({ id }) => id === documentId);

  async function receive({ customerId, content, contentType }: Upload, blob: BlobName) {
    const hash = createHash('sha256');
    let size = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of content) {
        size += chunk.length;
        if (size > mostBytes) throw new Refusal({ code: 'body_too_large', detail: `a document has at most ${mostBytes} bytes` });
        hash.update(chunk);
        yield chunk;
      }
    }
    const written = await writeContent({ blobs, vault }, { ...blob, owner: customerId }, checkedContent(counted(), contentType), contentType);
    return { ...written, size, contentHash: hash.digest('hex') };
  }

  /** What is recorded is recorded: whatever else fails now, the sweep does. */
  async function settled(blob: BlobName): Promise<Document['status']> {
    const status = await settlement.settle(blob).catch(() => 'absent' as const);
    return status === 'absent' ? 'pending' : status;
  }

  return {
    list,
    find,
    isRestricted: async (customerId) => (await standingOf(customerId)) === 'restricted',

    attach: (upload, contextOf) => answering(async () => {
      const { customerId, documentId, kind, contentType, fileName } = upload;
      refuseStanding(await standingOf(customerId), (await idsOf(customerId))[0]);
      const blob: BlobName = { space: 'documents', owner: customerId, id: newId() };
      const begun = await settlement.begin(blob);
      let recording = false;
      try {
        const { contentHash, ...written } = await receive(upload, blob);
        begun.refuseLate();
        recording = true;
        const command = { customerId, documentId, blobId: blob.id, kind, contentType, fileName, ...written };
        const executed = await records.execute(dossierRecord, customerId, contextOf(contentHash), ({ state }) => decideAttach(state, command));
        const document = executed.repeated ? (await find(customerId, documentId))! : undefined;
        // What was sent again is here already.
        if (document && document.blobId !== blob.id) await settlement.abandon(blob);
        return { ...executed, status: document?.status ?? (await settled(blob)) };
      } catch (error) {
        // Where it is not known whether the event was stored, the sweep finds out.
        if (!recording || error instanceof Refusal) await settlement.abandon(blob).catch(() => undefined);
        throw error;
      }
    }),

    remove: (command, context) => answering(async () => {
      const document = await find(command.customerId, command.documentId);
      if (!document) throw new Refusal({ code: 'document_not_found' });
      if ((await standingOf(document.customerId)) === 'restricted') throw new Refusal({ code: 'customer_restricted' });
      const blob: BlobName = { space: 'documents', owner: document.customerId, id: document.blobId };
      await settlement.begin(blob);
      try {
        return await records.execute(dossierRecord, document.customerId, context, ({ state }) => decideRemove(state, { ...command, customerId: document.customerId }));
      } finally {
        await settled(blob);
      }
    }),

    read: (document) => answering(async () => {
      switch (document.status) {
        case 'pending':
          throw new Refusal({ code: 'document_not_scanned' }, 5);
        case 'infected':
          throw new Refusal({ code: 'document_infected' });
        case 'removed':
          throw new Refusal({ code: 'document_removed' });
        case 'erased':
          throw new Refusal({ code: 'document_removed', detail: 'the customer\'s data has been erased' });
        case 'clean': {
          const content = await readContent({ blobs, vault }, { space: 'documents', owner: document.customerId, id: document.blobId }, document);
          if (!content) throw new Refusal({ code: 'document_removed', detail: 'the customer\'s data has been erased' });
          return content;
        }
        default:
          return unreachable(document);
      }
    }),

    async missingAmong(customerId, documentIds) {
      if (documentIds.length === 0) return [];
      const kept = new Set((await list(customerId)).filter(isKept).map(({ id }) => id));
      return documentIds.filter((id) => !kept.has(id));
    },
  };
}

function refuseStanding(standing: Standing, survivor: string | undefined): void {
  switch (standing) {
    case 'absent':
      throw new Refusal({ code: 'customer_not_found' });
    case 'restricted':
      throw new Refusal({ code: 'customer_restricted' });
    case 'erased':
      throw new Refusal({ code: 'customer_erased' });
    case 'merged':
      throw new Refusal({ code: 'customer_merged', detail: `it was merged into customer ${survivor}` });
    case 'active':
      return;
    default:
      unreachable(standing);
  }
}

async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SubjectErased) throw new Refusal({ code: 'customer_erased' });
    if (error instanceof BlobsUnavailable) throw new Refusal({ code: 'outage', detail: 'the document store is not available' }, 5);
    if (error instanceof ContentDamaged) throw new Refusal({ code: 'document_damaged' });
    throw error;
  }
}
