import type { z } from 'zod';
import { fieldViewOf } from '../../../shared/access/field-view.js';
import { DATA_CLASSES, type Views } from '../../../shared/access/data-classes.js';

/** One kind of thing that the bank has of a customer. */
export interface PortablePart {
  /** Stands in each line. */
  readonly name: string;
  /** Of one thing, classified: the one projection of fields serves here as everywhere. */
  readonly schema: z.ZodType;
  /** All there is under every id of the person, a page in memory at a time. */
  of(ids: readonly string[]): AsyncIterable<object>;
}

export interface PortableHead {
  readonly customerId: string;
  readonly ids: readonly string[];
  /** ISO time. */
  readonly at: string;
}

/**
 * JSON, one object a line: who and when first, each part's things, how many lines there were last; without the last line it was cut off. What the reader's
 * views leave out is named in the first line, so that nobody takes it for all there is.
 */
export async function* portableLines({ customerId, ids, at }: PortableHead, parts: readonly PortablePart[], views: Views): AsyncIterable<string> {
  let lines = 1;
  const notWhole = DATA_CLASSES.filter((name) => views[name] !== 'clear');
  yield line({ part: 'begin', format: 'passbook-portable-data', version: 1, customerId, ids, at, parts: parts.map(({ name }) => name), notWhole });
  for (const { name, schema, of } of parts) {
    const view = fieldViewOf(schema);
    for await (const content of of(ids)) {
      const shown = view ? view(content, views) : content;
      if (shown === undefined) continue;
      lines++;
      yield line({ part: name, content: shown });
    }
  }
  yield line({ part: 'end', lines: lines + 1 });
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
