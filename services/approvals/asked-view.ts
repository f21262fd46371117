import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Views } from '../../shared/access/data-classes.js';
import { fieldViewOf, unclassified } from '../../shared/access/field-view.js';
import { tellOf, type Told } from '../../shared/access/told.js';

/** A held body as its reader may see it, by the classes of its route's schema; what that tells is added to `told`. A text that has no class there is one that people typed. */
export function shownBody(schema: z.ZodType | undefined, body: unknown, views: Views, told: Told): unknown {
  if (schema === undefined || typeof body !== 'object' || body === null) return undefined;
  const view = fieldViewOf(schema);
  const shown = view ? view(body, views) : body;
  tellOf(schema)?.(shown, views, told);
  const withoutTexts = unclassified(schema).reduce((value, path) => without(value, path.split('/').slice(1)), shown);
  if (views['free-text'] !== 'clear') return withoutTexts;
  if (!isDeepStrictEqual(withoutTexts, shown)) told.clear.add('free-text');
  return shown;
}

function without(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || step === undefined) return value;
  if (Array.isArray(value)) return step === '-' ? value.map((element) => (rest.length === 0 ? '***' : without(element, rest))) : value;
  const keys = step === '*' ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : [];
  const entries = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    if (!keys.includes(key)) return [[key, member]];
    return rest.length === 0 ? [] : [[key, without(member, rest)]];
  });
  return Object.fromEntries(entries);
}
