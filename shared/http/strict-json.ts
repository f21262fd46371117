import type { FieldError } from '../kernel/decision.js';
import { pointerOf, RequestInvalid } from './validation.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const MAX_DEPTH = 32;

/**
 * JSON as RFC 8259 means it and no laxer: UTF-8, no key twice, no `__proto__`, no NUL and no half surrogate pair in any text.
 * Empty input is undefined. Throws RequestInvalid.
 */
export function parseStrictJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw malformed('the body is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec((error as Error).message)?.[1];
    throw malformed(at === undefined ? 'the body is not well-formed JSON' : `the body is not well-formed JSON near character ${at}`);
  }
  const errors = faultsOf(text);
  if (errors.length > 0) throw new RequestInvalid(errors);
  return value;
}

const malformed = (detail: string): RequestInvalid => new RequestInvalid([{ pointer: '', code: 'json_malformed', detail }], detail);

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

interface Open {
  readonly keys: Set<string> | undefined; // undefined for an array
  step: string | number;
  expectsKey: boolean;
}

/** Walks text that JSON.parse has accepted; JSON.parse itself forgets the first of two equal keys. */
function faultsOf(text: string): FieldError[] {
  const errors: FieldError[] = [];
  const path: Open[] = [];
  const report = (code: string, detail: string) => errors.push({ pointer: pointerOf(path.map((open) => open.step)), code, detail });
  for (const [token] of text.matchAll(TOKEN)) {
    const open = path.at(-1);
    switch (token) {
      case '{':
      case '[':
        if (path.length === MAX_DEPTH) throw malformed(`the body is nested more than ${MAX_DEPTH} deep`);
        path.push({ keys: token === '{' ? new Set() : undefined, step: token === '{' ? '' : 0, expectsKey: token === '{' });
        break;
      case '}':
      case ']':
        path.pop();
        break;
      case ',':
        if (open!.keys) open!.expectsKey = true;
        else open!.step = (open!.step as number) + 1;
        break;
      case ':':
        open!.expectsKey = false;
        break;
      default: {
        const string = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
        if (open?.expectsKey && open.keys) {
          open.step = string;
          if (open.keys.has(string)) report('duplicate_key', 'stands twice in the same object');
          if (string === '__proto__') report('unknown_field', 'there is no such field here');
          open.keys.add(string);
        }
        if (/\0|\p{Surrogate}/u.test(string)) report('character_not_allowed', 'holds NUL or half a surrogate pair');
      }
    }
  }
  return errors;
}
