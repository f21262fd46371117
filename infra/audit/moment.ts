import { InvalidArgumentError } from 'commander';

/** A point of the past: by the server's clock (ISO 8601 with zone) or by log position. Both inclusive. */
export type Moment = { readonly kind: 'time'; readonly iso: string } | { readonly kind: 'position'; readonly position: bigint };

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Reads "2026-11-23T12:00:00+08:00" or a log position "123456". */
export function parseMoment(text: string): Moment {
  if (/^\d{1,19}$/.test(text)) return { kind: 'position', position: BigInt(text) };
  if (TIME.test(text) && !Number.isNaN(Date.parse(text))) return { kind: 'time', iso: new Date(text).toISOString() };
  throw new InvalidArgumentError('give a time with its zone (2026-11-23T12:00:00+08:00) or a log position (123456)');
}

export const isAfter = (event: { readonly position: bigint; readonly metadata: { readonly recordedAt: string } }, moment: Moment): boolean =>
  moment.kind === 'position' ? event.position > moment.position : event.metadata.recordedAt > moment.iso;
