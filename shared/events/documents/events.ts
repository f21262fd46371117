import { z } from 'zod';
import { customerIdSchema } from '../customers/profile.js';
import { defineEvent, type EventOf } from '../definition.js';
import { personal } from '../personal.js';
import { contentTypeSchema, documentKindSchema } from './values.js';

const module = 'documents';
const ids = { customerId: customerIdSchema, documentId: z.uuid() };

/**
 * A file was attached to a customer. Its content is a blob, sealed under a key of its own that is sealed under the customer's; `sha256` is that of the
 * blob as it is stored, in hex: what is stored can be checked by whoever has the log, without any key.
 */
export const DocumentAttached = defineEvent({
  module,
  type: 'DocumentAttached',
  shape: {
    ...ids,
    blobId: z.uuid(),
    kind: documentKindSchema,
    contentType: contentTypeSchema,
    /** In bytes: of the file, and of the blob. */
    size: z.int().min(1),
    storedSize: z.int().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    details: personal(z.strictObject({ fileName: z.string().min(1).max(200) })),
  },
});

/** Whoever looks for malware has looked. `finding`: what it calls what it found. */
export const DocumentScanned = defineEvent({
  module,
  type: 'DocumentScanned',
  shape: { ...ids, outcome: z.enum(['clean', 'infected']), scanner: z.string().min(1).max(60), finding: z.string().max(120).optional() },
});

/** Its content is destroyed; that it was there stays. */
export const DocumentRemoved = defineEvent({
  module,
  type: 'DocumentRemoved',
  shape: { ...ids, reason: personal(z.string().min(1).max(500)) },
});

export const documentEvents = [DocumentAttached, DocumentScanned, DocumentRemoved] as const;
export type DocumentEvent = EventOf<(typeof documentEvents)[number]>;
