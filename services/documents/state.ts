import type { DocumentEvent } from '../../shared/events/documents/events.js';
import type { ContentType, DocumentKind } from '../../shared/events/documents/values.js';
import { readable } from '../../shared/events/personal.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { defineRecord } from '../../shared/records/record.js';

/** What is known of a document, whatever became of it. */
interface Attached {
  readonly id: string;
  readonly customerId: string;
  readonly blobId: string;
  readonly kind: DocumentKind;
  readonly contentType: ContentType;
  readonly size: number;
  readonly storedSize: number;
  readonly sha256: string;
  readonly attachedAt: string;
  readonly attachedBy: string;
  /** Of its last event in the dossier. */
  readonly revision: bigint;
}

export type Document =
  | (Attached & { readonly status: 'pending'; readonly fileName: string })
  | (Attached & { readonly status: 'clean'; readonly fileName: string; readonly scannedAt: string })
  | (Attached & { readonly status: 'infected'; readonly fileName: string; readonly scannedAt: string; readonly finding: string | undefined })
  | (Attached & { readonly status: 'removed'; readonly fileName: string; readonly removedAt: string })
  /** The customer's key is destroyed: neither name nor content can be read. */
  | (Attached & { readonly status: 'erased' });

/** All documents of one customer, by id, in the order in which they were attached. */
export interface Dossier {
  readonly documents: ReadonlyMap<string, Document>;
}

/** Whether there is content, or will be once it was scanned. */
export const isKept = ({ status }: Document): boolean => status === 'pending' || status === 'clean';

/** A customer's dossier: stream "dossier-<customer id>". */
export const dossierRecord = defineRecord<Dossier, DocumentEvent>({
  name: 'dossier',
  initial: { documents: new Map() },
  evolve(state, event, { metadata: { recordedAt: at, actor }, revision }) {
    const { documentId: id } = event.data;
    const known = state.documents.get(id);
    const having = (document: Document): Dossier => ({ documents: new Map(state.documents).set(id, document) });
    switch (event.type) {
      case 'DocumentAttached': {
        const { details, documentId: _, ...facts } = event.data;
        const attached = { ...facts, id, attachedAt: at, attachedBy: actor.id, revision };
        return having(readable(details) ? { ...attached, status: 'pending', fileName: details.fileName } : { ...attached, status: 'erased' });
      }
      case 'DocumentScanned': {
        if (known?.status === 'erased') return having({ ...known, revision });
        if (known?.status !== 'pending') return state;
        const { outcome, finding } = event.data;
        return having(outcome === 'clean' ? { ...known, revision, status: 'clean', scannedAt: at } : { ...known, revision, status: 'infected', scannedAt: at, finding });
      }
      case 'DocumentRemoved':
        if (!known) return state;
        return having(known.status === 'erased' ? { ...known, revision } : { ...known, revision, status: 'removed', removedAt: at });
      default:
        return unreachable(event);
    }
  },
});
