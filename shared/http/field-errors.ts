import type { z } from 'zod';
import type { FieldError } from '../kernel/decision.js';

/** Codes of `errors[]` that any field may carry; a module's own are listed beside its rejections. */
export const platformFieldCodes = [
  { code: 'required', title: 'The field is mandatory' },
  { code: 'unknown_field', title: 'No such field here' },
  { code: 'type', title: 'Another JSON type is expected' },
  { code: 'not_allowed', title: 'Not one of the values allowed' },
  { code: 'format', title: 'Not in the format expected' },
  { code: 'too_short', title: 'Too short or too few' },
  { code: 'too_long', title: 'Too long or too many' },
  { code: 'out_of_range', title: 'Outside the range allowed' },
  { code: 'json_malformed', title: 'Not well-formed JSON' },
  { code: 'duplicate_key', title: 'The same key stands twice in one object' },
  { code: 'character_not_allowed', title: 'A character that no text may hold (NUL, half a surrogate pair)' },
  { code: 'invalid', title: 'Not valid' },
] as const;

type Issue = z.core.$ZodIssue;
type Place = (path: readonly PropertyKey[]) => string;

/** zod's issues as field errors, one for each fault. Details never repeat what was sent: it may be personal. */
export const fieldErrorsOf = (issues: readonly Issue[], candidate: unknown, place: Place, base: readonly PropertyKey[] = []): FieldError[] =>
  issues.flatMap((issue) => errorsOf(issue, candidate, place, [...base, ...issue.path]));

function errorsOf(issue: Issue, candidate: unknown, place: Place, path: readonly PropertyKey[]): FieldError[] {
  const one = (code: string, detail: string): FieldError[] => [{ pointer: place(path), code, detail }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ pointer: place([...path, key]), code: 'unknown_field', detail: 'there is no such field here' }));
    case 'invalid_type':
      return isAbsent(candidate, path) ? one('required', 'is required') : one('type', `must be ${article(issue.expected)}`);
    case 'invalid_value':
      return isAbsent(candidate, path) ? one('required', 'is required') : one('not_allowed', `must be one of ${issue.values.map(String).join(', ')}`);
    case 'invalid_format':
      return one('format', FORMATS[issue.format] ?? (issue.message.startsWith('Invalid') ? `must match ${issue.pattern ?? issue.format}` : issue.message));
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? one('too_short', `must have at least ${issue.minimum} ${unitOf(issue.origin)}`)
        : one('out_of_range', `must be at least ${issue.minimum}`);
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? one('too_long', `must have at most ${issue.maximum} ${unitOf(issue.origin)}`)
        : one('out_of_range', `must be at most ${issue.maximum}`);
    case 'invalid_union':
      return unionErrors(issue, candidate, place, path);
    case 'custom':
      return one(typeof issue.params?.['code'] === 'string' ? issue.params['code'] : 'invalid', issue.message);
    default:
      return one('invalid', 'is not valid');
  }
}

function unionErrors(issue: Extract<Issue, { code: 'invalid_union' }>, candidate: unknown, place: Place, path: readonly PropertyKey[]): FieldError[] {
  if (isAbsent(candidate, path)) return [{ pointer: place(path), code: 'required', detail: 'is required' }];
  const options = (issue as { options?: readonly unknown[] }).options;
  if (options) return [{ pointer: place(path), code: 'not_allowed', detail: `must be one of ${options.map(String).join(', ')}` }];
  const nearest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0];
  if (!nearest || depth(nearest) === 0) {
    const ofTheRightType = issue.errors.find((issues) => issues.every(({ code }) => code !== 'invalid_type' && code !== 'invalid_value'));
    return ofTheRightType ? fieldErrorsOf(ofTheRightType, candidate, place, path) : [{ pointer: place(path), code: 'type', detail: 'has none of the forms allowed here' }];
  }
  return fieldErrorsOf(nearest, candidate, place, path);
}

const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map((issue) => issue.path.length));
const unitOf = (origin: string): string => (origin === 'array' ? 'items' : 'characters');
const article = (type: string): string => `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type === 'int' ? 'whole number' : type}`.replace('an whole', 'a whole');

function isAbsent(candidate: unknown, path: readonly PropertyKey[]): boolean {
  let node: unknown = candidate;
  for (const step of path) {
    if (typeof node !== 'object' || node === null) return true;
    node = (node as Record<PropertyKey, unknown>)[step];
  }
  return node === undefined || (path.length === 0 && node === null);
}

const FORMATS: Readonly<Record<string, string>> = {
  date: 'must be a calendar date, YYYY-MM-DD',
  datetime: 'must be an ISO 8601 time with its offset, such as 2025-01-31T08:00:00Z; in a URL a + is written %2B',
  email: 'must be an e-mail address',
  uuid: 'must be a UUID',
};
