import { open, seal, type Envelope } from '../../shared/crypto/envelope.js';
import { SubjectErased, type Vault } from '../../shared/crypto/vault.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import { rowBinding } from './tables.js';

export interface SealedProfile {
  readonly id: string;
  readonly profile: Envelope | null;
  readonly sealedRevision: string | null;
}

/** Profiles by customer; one whose key is gone is absent. */
export async function openProfiles(vault: Vault, rows: readonly SealedProfile[]): Promise<Map<string, Profile>> {
  const keys = await vault.keysById([...new Set(rows.flatMap(({ profile }) => (profile ? [profile.keyId] : [])))]);
  const opened = new Map<string, Profile>();
  for (const { id, profile, sealedRevision } of rows) {
    const key = profile ? keys.get(profile.keyId) : undefined;
    if (profile && key && sealedRevision !== null) opened.set(id, open(profile, key, rowBinding(id, sealedRevision)) as Profile);
  }
  return opened;
}

/** Envelopes by customer; one who was erased meanwhile is absent. */
export async function sealProfiles(vault: Vault, profiles: ReadonlyMap<string, { readonly profile: Profile; readonly revision: bigint }>): Promise<Map<string, Envelope>> {
  const subjects = new Set(profiles.keys());
  while (subjects.size > 0) {
    try {
      const keys = await vault.keysOf([...subjects]);
      return new Map([...subjects].map((id) => {
        const { profile, revision } = profiles.get(id)!;
        return [id, seal(profile, keys.get(id)!, rowBinding(id, revision))];
      }));
    } catch (error) {
      if (!(error instanceof SubjectErased) || !subjects.delete(error.subject)) throw error;
    }
  }
  return new Map();
}
