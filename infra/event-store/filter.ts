import { eventTypeOf } from './frames.js';
import type { EventFilter } from './read-requests.js';

export interface CompiledFilter {
  /** Which streams can hold matching events; undefined where the filter is on the type. */
  readonly stream: ((stream: string) => boolean) | undefined;
  readonly event: ((message: Buffer) => boolean) | undefined;
  /** Where the database can do the choosing. */
  readonly prefixes: readonly string[] | undefined;
}

const EVERYTHING: CompiledFilter = { stream: undefined, event: undefined, prefixes: undefined };

/** Throws SyntaxError on a regular expression JavaScript cannot read (the real server reads .NET's). */
export const compileFilter = (filter: EventFilter | undefined): CompiledFilter => {
  if (filter === undefined) return EVERYTHING;
  const { regex, prefixes } = filter;
  const expression = regex === '' ? undefined : new RegExp(regex);
  const matches = expression === undefined
    ? (text: string): boolean => prefixes.some((prefix) => text.startsWith(prefix))
    : (text: string): boolean => expression.test(text);
  return filter.on === 'stream'
    ? { stream: matches, event: undefined, prefixes: expression === undefined ? prefixes : undefined }
    : { stream: undefined, event: (message) => matches(eventTypeOf(message)), prefixes: undefined };
};
