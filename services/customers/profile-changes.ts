import { isDeepStrictEqual } from 'node:util';
import type { FieldChange, Profile } from '../../shared/events/customers/profile.js';

/** The profile with the changes made. They were validated as a whole before they were recorded. */
export function changed(profile: Profile, changes: readonly FieldChange[]): Profile {
  const next: Record<string, unknown> = { ...profile };
  for (const { field, after } of changes) {
    if (after === null) delete next[field];
    else next[field] = after;
  }
  return next as unknown as Profile;
}

export function changesBetween(before: Profile, after: Profile): FieldChange[] {
  const old = before as unknown as Record<string, FieldChange['before']>;
  const now = after as unknown as Record<string, FieldChange['after']>;
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((field) => !isDeepStrictEqual(old[field], now[field]))
    .map((field) => ({ field, before: old[field] ?? null, after: now[field] ?? null }));
}
