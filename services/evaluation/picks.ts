import type { FieldChange, Profile } from '../../shared/events/customers/profile.js';
import { moneyOf, type MoneyText } from '../../shared/kernel/money.js';
import type { Picks } from './subject.js';

interface Address { readonly kind: string; readonly country: string; readonly cityCode?: string | undefined }

const NOTHING: Picks = {
  sex: null, birthDate: null, country: null, city: null, occupation: null, maritalStatus: null, riskPreference: null, interests: null, tags: null, income: null, consents: {},
};

/** Where somebody lives comes before where they work. */
const ADDRESSES = ['home', 'registered', 'work', 'postal', 'other'];
const residence = (addresses: readonly Address[]): Pick<Picks, 'country' | 'city'> => {
  const [first] = addresses.toSorted((a, b) => ADDRESSES.indexOf(a.kind) - ADDRESSES.indexOf(b.kind));
  return { country: first?.country ?? null, city: first?.cityCode ?? null };
};
const text = (name: 'sex' | 'birthDate' | 'occupation' | 'maritalStatus') => (value: unknown): Partial<Picks> => ({ [name]: value ?? null });

/** What is picked of each field of a profile; of the others, nothing. `null`: the field is not there. */
const PICKED: Readonly<Record<string, (value: unknown) => Partial<Picks>>> = {
  sex: text('sex'),
  birthDate: text('birthDate'),
  occupation: text('occupation'),
  maritalStatus: text('maritalStatus'),
  addresses: (value) => residence((value ?? []) as readonly Address[]),
  registeredAddress: (value) => residence(value ? [value as Address] : []),
  riskPreference: (value) => ({ riskPreference: (value as { level: string } | null)?.level ?? null }),
  interests: (value) => ({ interests: (value as readonly string[] | null) ?? null }),
  tags: (value) => ({ tags: (value as readonly string[] | null) ?? null }),
  income: (value) => ({ income: value ? moneyOf(value as MoneyText) : null }),
  consents: (value) => ({ consents: (value as Record<string, boolean> | null) ?? {} }),
};

export const picksOf = (profile: Profile): Picks => picked(NOTHING, Object.entries(profile));

export const repicked = (picks: Picks, changes: readonly FieldChange[]): Picks => picked(picks, changes.map(({ field, after }) => [field, after]));

function picked(picks: Picks, fields: readonly (readonly [string, unknown])[]): Picks {
  return fields.reduce((all, [field, value]) => ({ ...all, ...PICKED[field]?.(value) }), picks);
}
