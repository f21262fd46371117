import type { ContentType, DocumentKind } from '../../shared/events/documents/values.js';

/** The blob is written, its content was checked. */
export interface AttachDocument {
  readonly customerId: string;
  readonly documentId: string;
  readonly blobId: string;
  readonly kind: DocumentKind;
  readonly contentType: ContentType;
  /** Bytes of the file, and of the blob. */
  readonly size: number;
  readonly storedSize: number;
  /** Of the blob, hex. */
  readonly sha256: string;
  readonly fileName: string;
}

export interface RecordScan {
  readonly customerId: string;
  readonly documentId: string;
  readonly outcome: 'clean' | 'infected';
  readonly scanner: string;
  readonly finding?: string;
}

export interface RemoveDocument {
  readonly customerId: string;
  readonly documentId: string;
  readonly reason: string;
  /** Whether the revision read is still good enough to the sender (If-Match). */
  readonly precondition: (revision: bigint) => boolean;
}
