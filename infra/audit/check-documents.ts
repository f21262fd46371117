import { storedHash } from '../../services/documents/stored-content.js';
import type { BlobName, BlobStore } from '../../shared/blobs/port.js';
import type { Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import type { Finding } from './finding.js';

interface Attached {
  readonly customerId: string;
  readonly documentId: string;
  readonly blobId: string;
  readonly sha256: string;
  readonly details: Envelope;
}
interface Suspect extends Finding {
  readonly attached: Attached;
}

/**
 * Every document's content against the hash that stands in the log. What differs or is missing is a finding, unless the document was removed or found
 * infected by now, or its customer's key is destroyed. Memory: what differs or is missing.
 */
export class DocumentCheck {
  private readonly suspects = new Map<string, Suspect>();

  constructor(private readonly parts: { readonly blobs: BlobStore; readonly vault: Vault; readonly log: EventStore }) {}

  async check({ type, stream, revision, data }: StoredEvent): Promise<void> {
    if (type === 'DocumentAttached') {
      const attached = data as Attached;
      const name: BlobName = { space: 'documents', owner: attached.customerId, id: attached.blobId };
      const found = await storedHash(this.parts.blobs, name);
      if (found === attached.sha256) return;
      const [code, detail] = found === undefined ? ['document_missing', 'its content is gone'] : ['document_changed', 'its content is not what was attached'];
      this.suspects.set(attached.documentId, { code: code!, where: `${stream}/${revision}`, detail: `document ${attached.documentId}: ${detail}`, attached });
    } else if (endsContent({ type, data })) this.suspects.delete((data as Attached).documentId);
  }

  async finish(tell: (finding: Finding) => void): Promise<void> {
    const keys = await this.parts.vault.keysById([...this.suspects.values()].map(({ attached }) => attached.details.keyId));
    for (const { attached, ...finding } of this.suspects.values())
      if (keys.has(attached.details.keyId) && !(await this.endedMeanwhile(attached))) tell(finding);
  }

  /** The bank may run: what was removed after the log was read is no finding. */
  private async endedMeanwhile({ customerId, documentId }: Attached): Promise<boolean> {
    try {
      for await (const event of this.parts.log.readStream(`dossier-${customerId}`)) if (endsContent(event) && (event.data as Attached).documentId === documentId) return true;
    } catch (error) {
      if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
    }
    return false;
  }
}

const endsContent = ({ type, data }: Pick<StoredEvent, 'type' | 'data'>): boolean =>
  type === 'DocumentRemoved' || (type === 'DocumentScanned' && (data as { readonly outcome: string }).outcome === 'infected');
