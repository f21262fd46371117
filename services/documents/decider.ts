import type { DocumentEvent } from '../../shared/events/documents/events.js';
import { accept, nothing, reject, unreachable, type Decision } from '../../shared/kernel/decision.js';
import type { AttachDocument, RecordScan, RemoveDocument } from './commands.js';
import type { DocumentCode } from './rejections.js';
import { isKept, type Dossier } from './state.js';

type DocumentDecision = Decision<DocumentEvent, DocumentCode>;

/** So many documents of one customer can have content at a time: a dossier is read whole. */
export const MOST_DOCUMENTS = 1_000;

export function decideAttach({ documents }: Dossier, { fileName, ...facts }: AttachDocument): DocumentDecision {
  if ([...documents.values()].filter(isKept).length >= MOST_DOCUMENTS) return reject('documents_full', `at most ${MOST_DOCUMENTS}`);
  return accept<DocumentEvent>({ type: 'DocumentAttached', data: { ...facts, details: { fileName } } });
}

/** The first finding stands: whoever else looked meanwhile records nothing. */
export function decideScan({ documents }: Dossier, { finding, ...scan }: RecordScan): DocumentDecision {
  if (documents.get(scan.documentId)?.status !== 'pending') return nothing;
  return accept<DocumentEvent>({ type: 'DocumentScanned', data: { ...scan, ...(finding !== undefined && { finding }) } });
}

export function decideRemove({ documents }: Dossier, { customerId, documentId, reason, precondition }: RemoveDocument): DocumentDecision {
  const document = documents.get(documentId);
  if (!document) return reject('document_not_found');
  if (!precondition(document.revision)) return reject('if_match_stale', `the document is at revision ${document.revision}`);
  switch (document.status) {
    case 'erased':
      return reject('customer_erased');
    case 'removed':
      return reject('document_removed');
    case 'pending':
    case 'clean':
    case 'infected':
      return accept<DocumentEvent>({ type: 'DocumentRemoved', data: { customerId, documentId, reason } });
    default:
      return unreachable(document);
  }
}
