import { InvalidArgumentError, type Command } from 'commander';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { EventStore } from '../../shared/event-store/port.js';

/** A point of the past: by the server's clock (ISO 8601 with zone) or by log position. Both inclusive. */
export type Moment = { readonly kind: 'time'; readonly ms: number } | { readonly kind: 'position'; readonly position: bigint };

const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Reads "2026-11-23T12:00:00+08:00" or a log position "123456". */
export function parseMoment(text: string): Moment {
  if (/^\d{1,19}$/.test(text)) return { kind: 'position', position: BigInt(text) };
  const [, date] = TIME.exec(text) ?? [];
  if (date !== undefined && isDay(date) && !Number.isNaN(Date.parse(text))) return { kind: 'time', ms: Date.parse(text) };
  throw new InvalidArgumentError('give a time with its zone (2026-11-23T12:00:00+08:00) or a log position (123456)');
}

/** Date.parse takes the 30th of February for the 2nd of March. */
const isDay = (date: string): boolean => {
  const ms = Date.parse(date);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
};

interface Dated {
  readonly position: bigint;
  readonly metadata: { readonly recordedAt: string };
}

export const isAfter = (event: Dated, moment: Moment): boolean =>
  moment.kind === 'position' ? event.position > moment.position : Date.parse(event.metadata.recordedAt) > moment.ms;

export const isBefore = (event: Dated, moment: Moment): boolean =>
  moment.kind === 'position' ? event.position < moment.position : Date.parse(event.metadata.recordedAt) < moment.ms;

/** Ends the command where `from` is later than `to`; a time and a position are not compared. */
export function checkOrder({ from, to }: { readonly from?: Moment; readonly to?: Moment }, command: Command): void {
  const isLater = from?.kind === 'time' ? to?.kind === 'time' && from.ms > to.ms : from?.kind === 'position' && to?.kind === 'position' && from.position > to.position;
  if (isLater) command.error('error: --from is later than --to');
}

/** @throws InvalidArgumentError for a moment that the log has not reached: what the record will be then, nobody knows */
export async function checkPast(log: EventStore, moment: Moment): Promise<void> {
  if (moment.kind === 'time' && moment.ms > Date.now()) throw new InvalidArgumentError(`${new Date(moment.ms).toISOString()} is in the future`);
  const end = (moment.kind === 'position' ? await lastPosition(log) : undefined) ?? 0n;
  if (moment.kind === 'position' && moment.position > end) throw new InvalidArgumentError(`the log ends at position ${end}`);
}
