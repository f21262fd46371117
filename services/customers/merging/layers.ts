import type { FieldChange, Profile } from '../../../shared/events/customers/profile.js';
import { identityOf, IDENTIFYING_FIELDS } from '../identity.js';
import { changed } from '../profile-changes.js';
import { stricterConsents } from './consents.js';

/**
 * A survivor's profile while merges are in force: as it was before the oldest of them, and every change since, those of merges by their ids. Undoing a
 * merge takes its changes out and leaves all others where they are: what staff changed later stays, and what they did not is as it was before.
 */
export interface Layers {
  readonly base: Profile;
  readonly since: readonly Layer[];
}

/** `mergeId` null: a change of the record itself. A merge lays the other record's consents over what lies below: the stricter stands. */
export type Layer =
  | { readonly mergeId: null; readonly changes: readonly FieldChange[] }
  | { readonly mergeId: string; readonly changes: readonly FieldChange[]; readonly consents: Profile['consents'] };

export const withLayer = ({ base, since }: Layers, layer: Layer): Layers => ({ base, since: [...since, layer] });

/** Without a merge's changes; what lay below the oldest merge left becomes the base. */
export function withoutLayer({ base, since }: Layers, mergeId: string): Layers {
  const left = since.filter((layer) => layer.mergeId !== mergeId);
  const oldest = left.findIndex((layer) => layer.mergeId !== null);
  return oldest < 0 ? { base: profileOf({ base, since: left }), since: [] } : { base: profileOf({ base, since: left.slice(0, oldest) }), since: left.slice(oldest) };
}

export const profileOf = ({ base, since }: Layers): Profile => since.reduce(laid, base);

function laid(profile: Profile, layer: Layer): Profile {
  if (layer.mergeId === null) return changed(profile, layer.changes);
  const { consents: own, ...next } = changed(profile, layer.changes.filter(({ field }) => field !== 'consents'));
  const consents = stricterConsents(own, layer.consents);
  return { ...next, ...(consents && { consents }) };
}

/** Identities that nobody else may be registered with. */
export const heldBy = ({ profile, merging: { layers } }: { readonly profile: Profile; readonly merging: { readonly layers: Layers | null } }): string[] =>
  layers ? identitiesOf(layers) : [identityOf(profile)];

/** Identities that the record has, or would have again once merges are undone. */
export function identitiesOf({ base, since }: Layers): string[] {
  let identities = [identityOf(base)];
  let profile = base;
  for (const layer of since) {
    const { mergeId, changes } = layer;
    profile = laid(profile, layer);
    const identity = identityOf(profile);
    // Whatever is undone, a change of the record itself stays.
    if (changes.some(({ field }) => IDENTIFYING_FIELDS.has(field))) identities = mergeId === null ? [identity] : [...identities, identity];
  }
  return [...new Set(identities)];
}
