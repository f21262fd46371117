import { Readable } from 'node:stream';
import { z } from 'zod';
import { classified, internal } from '../../shared/access/classified.js';
import type { DataClass } from '../../shared/access/data-classes.js';
import { CONTENT_TYPES, contentTypeSchema, DOCUMENT_KINDS, documentKinds, type DocumentKind } from '../../shared/events/documents/values.js';
import { commandResultSchema } from '../../shared/http/answers.js';
import type { Document } from './state.js';

/** What HTTP takes and gives. */

export const documentParams = z.strictObject({ id: z.uuid().toLowerCase(), documentId: z.uuid().toLowerCase() });

/** The file itself, as it comes. */
export const fileBody = z.custom<Readable>((sent) => sent instanceof Readable, `must be a file: ${CONTENT_TYPES.join(', ')}`).meta({ type: 'string', format: 'binary', description: 'The file' });

export const removeBody = z.strictObject({ reason: z.string().trim().min(1).max(500).meta({ description: 'Why; stands in the log' }) });

const status = z.enum(['pending', 'clean', 'infected', 'removed', 'erased']).meta({
  description: 'pending: not scanned for malware yet, closed until it is; clean: can be read; infected, removed, erased: the content is destroyed',
});

export const attachedSchema = commandResultSchema.extend({ status }).meta({ id: 'DocumentAttached' });

/** A document whose content tells this class. The file's name may tell the same as the file. */
const ofClass = (dataClass: DataClass) => z.object({
  id: z.uuid(),
  customerId: z.uuid(),
  revision: z.int(),
  kind: z.enum(documentKinds.filter((kind) => DOCUMENT_KINDS[kind] === dataClass) as [DocumentKind, ...DocumentKind[]]),
  status,
  contentType: contentTypeSchema,
  size: z.int().meta({ description: 'In bytes' }),
  fileName: classified(z.string(), dataClass).optional(),
  attachedAt: z.iso.datetime(),
  attachedBy: internal(z.string()),
  scannedAt: z.iso.datetime().optional(),
  finding: internal(z.string()).optional().meta({ description: 'What the scanner calls what it found' }),
  removedAt: z.iso.datetime().optional(),
});
type OfClass = ReturnType<typeof ofClass>;

const classes = [...new Set(Object.values(DOCUMENT_KINDS))];
export const documentSchema = z.discriminatedUnion('kind', classes.map(ofClass) as [OfClass, ...OfClass[]]).meta({ id: 'Document' });

export function documentView(document: Document) {
  const { id, customerId, revision, kind, status, contentType, size, attachedAt, attachedBy } = document;
  return {
    id, customerId, revision: Number(revision), kind, status, contentType, size, attachedAt, attachedBy,
    ...(document.status !== 'erased' && { fileName: document.fileName }),
    ...((document.status === 'clean' || document.status === 'infected') && { scannedAt: document.scannedAt }),
    ...(document.status === 'infected' && document.finding !== undefined && { finding: document.finding }),
    ...(document.status === 'removed' && { removedAt: document.removedAt }),
  };
}
