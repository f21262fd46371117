/** What is wrong with a line: the field (a column, or a field of the request), a code, and words without the value, which may be personal. */
export interface LineFault {
  readonly field: string;
  readonly code: string;
  readonly detail: string;
}

/** Thrown while a line is read or mapped; the line is refused with it and the next one goes on. */
export class LineUnusable extends Error {
  override readonly name = 'LineUnusable';
  constructor(readonly faults: readonly LineFault[]) {
    super(faults.map((fault) => `${fault.field}: ${fault.detail}`).join('; '));
  }
}

export const lineFault = (field: string, code: string, detail: string): LineUnusable => new LineUnusable([{ field, code, detail }]);
