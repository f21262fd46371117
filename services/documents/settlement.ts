import type { Logger } from 'pino';
import { systemContext } from '../../shared/http/system-context.js';
import { BlobExists, type BlobName, type BlobStore } from '../../shared/blobs/port.js';
import { ContentDamaged } from '../../shared/blobs/sealed-content.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { Refusal, type CommandContext } from '../../shared/http/context.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import type { Records } from '../../shared/records/record.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { decideScan } from './decider.js';
import type { MalwareScanner, ScanResult } from './scanning/scanner.js';
import { dossierRecord, type Document } from './state.js';
import { readContent } from './stored-content.js';

export interface SettlementOptions {
  readonly records: Records;
  readonly blobs: BlobStore;
  readonly vault: Vault;
  readonly scanner: MalwareScanner;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What is not attached so long after it was begun never will be. */
  readonly uploadMs: number;
  /** How long a scan may take. */
  readonly scanMs: number;
}

/**
 * Brings blobs and log together, whatever died between them. Before a blob is written, or destroyed, a mark is left beside it, and taken away once log and
 * blob agree for good; the sweep looks at every mark that is there.
 */
export interface Settlement {
  /** Leaves the mark. The answer throws once it is too late to attach what was begun. */
  begin(blob: BlobName): Promise<{ refuseLate(): void }>;
  /** What was never attached: blob and mark are removed. */
  abandon(blob: BlobName): Promise<void>;
  /** Does what remains to be done: scans what is pending, destroys what shall not be kept. Fails only where log or blobs do; a scanner that is away leaves it pending. */
  settle(blob: BlobName): Promise<Document['status'] | 'absent'>;
  /** Settles everything that has a mark; how many are left. */
  sweep(): Promise<{ readonly left: number }>;
}

const markOf = (blob: BlobName): BlobName => ({ ...blob, space: 'unsettled-documents' });
/** Beyond the time that an upload may take: what an append may still need, and clocks that differ. */
const LEEWAY_MS = 10_000;

export function createSettlement(options: SettlementOptions): Settlement {
  const { records, blobs, vault, scanner, now, logger, metrics, uploadMs, scanMs } = options;
  const scans = metrics.counter({ name: 'bank_document_scans_total', help: 'Scans of documents for malware, by what came of them', labels: ['outcome'] });
  const unsettled = metrics.gauge({ name: 'bank_documents_unsettled', help: 'Documents that wait for a scan, or to be destroyed, or that were never attached, at the last sweep' });

  /** In this sweep the scanner did not answer: it is not asked for every document that waits. */
  let away = false;

  async function documentOf({ owner, id }: BlobName): Promise<Document | undefined> {
    const documents = (await records.load(dossierRecord, owner))?.state.documents.values() ?? [];
    return [...documents].find(({ blobId }) => blobId === id);
  }

  async function finish(blob: BlobName): Promise<void> {
    await blobs.remove(markOf(blob));
  }

  async function abandon(blob: BlobName): Promise<void> {
    await blobs.remove(blob);
    await finish(blob);
  }

  /** Undefined where the scanner, or the blob, could not say. */
  async function scan(blob: BlobName, document: Document): Promise<ScanResult | 'erased' | undefined> {
    try {
      const content = await readContent({ blobs, vault }, blob, document);
      const result = content && (await scanner.scan(content, AbortSignal.timeout(scanMs)));
      if (result) scans.add(1, { outcome: result.outcome });
      return result ?? 'erased';
    } catch (error) {
      scans.add(1, { outcome: 'failed' });
      logger.warn({ err: error, documentId: document.id, scanner: scanner.name }, 'a document could not be scanned; it stays closed and is tried again');
      away = !(error instanceof ContentDamaged);
      return undefined;
    }
  }

  async function settle(blob: BlobName, mayScan: boolean): Promise<Document['status'] | 'absent'> {
    const document = await documentOf(blob);
    if (!document) return 'absent';
    switch (document.status) {
      case 'clean':
        await finish(blob);
        return document.status;
      case 'infected':
      case 'removed':
      case 'erased':
        await abandon(blob);
        return document.status;
      case 'pending': {
        if (!mayScan) return document.status;
        const result = await scan(blob, document);
        // Another may have scanned it meanwhile, and destroyed what it found.
        if (result === undefined) return (await documentOf(blob))?.status ?? 'absent';
        if (result === 'erased') {
          await abandon(blob);
          return result;
        }
        const command = { customerId: blob.owner, documentId: document.id, scanner: scanner.name, ...result };
        await records.execute(dossierRecord, blob.owner, scanContext(blob, now()), ({ state }) => decideScan(state, command));
        return settle(blob, mayScan);
      }
      default:
        return unreachable(document);
    }
  }

  return {
    async begin(blob) {
      const begun = performance.now();
      try {
        await blobs.write(markOf(blob), nothing());
      } catch (error) {
        if (!(error instanceof BlobExists)) throw error;
      }
      return {
        refuseLate() {
          if (performance.now() - begun > uploadMs) throw new Refusal({ code: 'request_timeout', detail: 'the document was not complete in time' });
        },
      };
    },
    abandon,
    settle: (blob) => settle(blob, true),
    async sweep() {
      const before = new Date(now().getTime() - 2 * uploadMs - LEEWAY_MS);
      let left = 0;
      away = false;
      for await (const { name, writtenAt } of blobs.list('unsettled-documents')) {
        const blob: BlobName = { ...name, space: 'documents' };
        const status = await settle(blob, !away);
        if (status === 'absent' && writtenAt < before) await abandon(blob);
        else if (status === 'absent' || status === 'pending') left++;
      }
      await blobs.dropUnfinished(before);
      unsettled.set(left);
      return { left };
    },
  };
}

async function* nothing(): AsyncGenerator<Buffer> {}

const scanContext = ({ id }: BlobName, at: Date): CommandContext => systemContext('passbook', at, createdIdOf(id, 'document-scan'));
