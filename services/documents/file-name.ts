import { create, parse } from 'content-disposition';
import type { ContentType } from '../../shared/events/documents/values.js';
import { RequestInvalid } from '../../shared/http/validation.js';

const ENDINGS: Readonly<Record<ContentType, readonly [string, ...string[]]>> = {
  'application/pdf': ['pdf'], 'image/jpeg': ['jpg', 'jpeg'], 'image/png': ['png'], 'image/webp': ['webp'], 'text/plain': ['txt', 'csv', 'md', 'log', 'eml'],
};
const LONGEST = 120;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** What the sender calls the file: Content-Disposition of the request (RFC 6266). Undefined where it says nothing. */
export function sentFileName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const fault = (detail: string): never => {
    throw new RequestInvalid([{ pointer: 'header:Content-Disposition', code: 'format', detail }]);
  };
  if (header.length > 2_000) return fault('is too long');
  try {
    return parse(header).parameters['filename'];
  } catch {
    return fault('must be like attachment; filename*=UTF-8\'\'contract%20signed.pdf');
  }
}

/**
 * A name that every system can store and no system runs: the last step of a path, without what steers a terminal, a header or a reader's eye
 * (controls, directions, invisible characters), of bounded length, and with an ending that fits the content. It is never used as a path here.
 */
export function safeFileName(sent: string | undefined, contentType: ContentType): string {
  const endings = ENDINGS[contentType];
  const plain = (sent ?? '').normalize('NFC').split(/[/\\]/).at(-1)!
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').replace(/["<>:|?*;%=']/g, '_').replace(/\s+/g, ' ').replace(/^[.\s]+|[.\s]+$/g, '');
  const [, stem = plain, ending] = /^(.+)\.([^.]{1,10})$/.exec(plain) ?? [];
  const fits = ending !== undefined && endings.includes(ending.toLowerCase());
  const kept = [...(fits ? stem : plain)].slice(0, LONGEST).join('').trim() || 'document';
  return `${RESERVED.test(kept) ? '_' : ''}${kept}.${fits ? ending : endings[0]}`;
}

/** For the answer: saved, never shown in place. */
export const attachmentHeader = (fileName: string): string => create(fileName, { type: 'attachment' });
