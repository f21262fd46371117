import { create } from 'content-disposition';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers as CSV too, where `Accept` asks for it: the handler calls `orCsv`. */
    readonly alsoCsv?: true;
  }
}

/** A cell that is undefined, as what is hidden from the reader is, stays empty. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
}

/**
 * Answers as CSV whoever prefers it to JSON. `tableOf` gets what the JSON would show this very reader, members that are hidden from them left out.
 * Called last in a handler: nothing may be refused after it.
 */
export function orCsv<Shown>(request: FastifyRequest, reply: FastifyReply, fileName: string, tableOf: (shown: Shown) => CsvTable): void {
  reply.header('vary', 'accept');
  if (new Negotiator(request.raw).mediaType(['application/json', 'text/csv']) !== 'text/csv') return;
  reply.header('content-type', 'text/csv; charset=utf-8; header=present').header('content-disposition', create(fileName)).serializer((shown) => csvText(tableOf(shown as Shown)));
}

/** RFC 4180. A text that a spreadsheet would run as a formula is led by an apostrophe; an amount is none, whatever its sign. */
export const csvText = ({ header, rows }: CsvTable): string =>
  stringify([header, ...rows], { record_delimiter: 'windows', escape_formulas: true, quoted_match: /[\r\n]/, cast: { string: (value) => (AMOUNT.test(value) ? { value, escape_formulas: false } : value) } });

const AMOUNT = /^-?\d+(\.\d+)?$/;
