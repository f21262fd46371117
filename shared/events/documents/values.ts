import { z } from 'zod';
import type { DataClass } from '../../access/data-classes.js';

/** What a document can be, and which class of data its content tells: who may not see that class in clear may not see the document. */
export const DOCUMENT_KINDS = {
  'id-document-front': 'identity-number',
  'id-document-back': 'identity-number',
  'business-licence': 'identity-number',
  photo: 'identity',
  contract: 'free-text',
  evidence: 'free-text',
  correspondence: 'free-text',
  'address-proof': 'contact',
  'employment-proof': 'employment',
  'income-proof': 'income',
  'asset-proof': 'assets',
  'ownership-proof': 'ownership',
} as const satisfies Record<string, DataClass>;

export type DocumentKind = keyof typeof DOCUMENT_KINDS;
export const documentKinds = Object.keys(DOCUMENT_KINDS) as [DocumentKind, ...DocumentKind[]];
export const documentKindSchema = z.enum(documentKinds).meta({ id: 'DocumentKind' });

/** What documents may consist of. No archive is among them, and nothing that a browser would run. */
export const CONTENT_TYPES = ['application/pdf', 'image/jpeg', 'image/png', 'image/webp', 'text/plain'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];
export const contentTypeSchema = z.enum(CONTENT_TYPES);
