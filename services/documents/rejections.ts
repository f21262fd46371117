import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';

/** In order of precedence. What is wrong in itself (`request_invalid`), too large, or of no type that is taken comes before all of them. */
export const documentRejections = defineRejections([
  { code: 'customer_not_found', status: 404, title: 'No such customer' },
  { code: 'document_not_found', status: 404, title: 'The customer has no such document' },
  { code: 'document_restricted', status: 403, title: 'The customer\'s data is kept and not processed' },
  { code: 'customer_merged', status: 422, title: 'The record was merged into another, whose id is given' },
  { code: 'customer_restricted', status: 422, title: 'The customer\'s data is kept and not processed' },
  { code: 'customer_erased', status: 422, title: 'The customer\'s data has been erased' },
  { code: 'document_removed', status: 404, title: 'The document was removed, its content is destroyed' },
  { code: 'document_infected', status: 403, title: 'Malware was found in the document, its content is destroyed' },
  { code: 'document_not_scanned', status: 503, title: 'The document has not been scanned for malware yet; try again' },
  { code: 'document_damaged', status: 500, title: 'What is stored is not what was attached' },
  { code: 'documents_full', status: 422, title: 'The customer has as many documents as there can be' },
  { code: 'document_empty', status: 400, title: 'The file is empty' },
  { code: 'document_content_mismatch', status: 400, title: 'The content is not of the type that was declared' },
  { code: 'document_picture_too_large', status: 400, title: 'The picture has too many pixels' },
]);
export type DocumentCode = CodeOf<typeof documentRejections> | 'if_match_stale';
