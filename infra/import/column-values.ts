import type { ColumnType } from './mapping.js';
import type { LineFault } from './line-faults.js';

/** Reads a cell as its column's type: dates as YYYY-MM-DD, decimals as "-123.45"; nothing where the cell is empty. */
export function readCell(cell: string, column: string, type: ColumnType): string | undefined | LineFault {
  const text = cell.trim();
  if (text === '') return undefined;
  switch (type.type) {
    case 'text': return text;
    case 'date':
      return readDate(text, type.format, type.century) ?? { field: column, code: 'date_malformed', detail: `is not a date as ${type.format}` };
    case 'decimal':
      return readDecimal(text, type) ?? { field: column, code: 'decimal_malformed', detail: 'is not a decimal' };
  }
}

/** "930229" as YYMMDD of century 1900 is no date; "930228" is 1993-02-28. */
export function readDate(text: string, format: string, century: number | undefined): string | undefined {
  const pattern = format
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replace(/YYYY|YY|MM|DD/g, (token) => (token === 'YYYY' ? '(?<yyyy>\\d{4})' : `(?<${token.toLowerCase()}>\\d{2})`));
  const groups = new RegExp(`^${pattern}$`).exec(text)?.groups;
  if (!groups) return undefined;
  const year = groups['yyyy'] !== undefined ? Number(groups['yyyy']) : (century ?? 0) + Number(groups['yy']);
  return calendarDate(year, Number(groups['mm']), Number(groups['dd']));
}

/** The date as YYYY-MM-DD where the calendar has it. */
export function calendarDate(year: number, month: number, day: number): string | undefined {
  const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  const date = new Date(`${text}T00:00:00Z`);
  return year >= 1 && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : undefined;
}

function readDecimal(text: string, { decimalMark, groupMark }: Extract<ColumnType, { type: 'decimal' }>): string | undefined {
  const ungrouped = groupMark === undefined ? text : text.split(groupMark).join('');
  const match = /^([+-]?)(\d{1,30})(?:\.(\d{0,20}))?$/.exec(ungrouped.replace(decimalMark, '.'));
  if (!match) return undefined;
  const whole = match[2]!.replace(/^0+(?=\d)/, '');
  const fraction = match[3] ?? '';
  return `${match[1] === '-' ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
