import { isCurrency, minorOf } from '../../shared/kernel/money.js';
import type { Profile } from '../../shared/events/customers/profile.js';

/** What may stand in clear because it identifies nobody: for filters and sorting. */
export interface Coarse {
  readonly birthYear: number | null;
  readonly sex: string | null;
  readonly cityCode: string | null;
  readonly incomeBand: IncomeBand | null;
  readonly riskLevel: string | null;
}

export const INCOME_BANDS = ['under-50k', '50k-200k', '200k-1m', 'over-1m'] as const;
export type IncomeBand = (typeof INCOME_BANDS)[number];

export const nothingCoarse: Coarse = { birthYear: null, sex: null, cityCode: null, incomeBand: null, riskLevel: null };

export function coarseOf(profile: Profile): Coarse {
  switch (profile.kind) {
    case 'individual': {
      const home = profile.addresses?.find(({ kind }) => kind === 'home') ?? profile.addresses?.[0];
      return {
        birthYear: Number(profile.birthDate.slice(0, 4)),
        sex: profile.sex,
        cityCode: home?.cityCode ?? null,
        incomeBand: profile.income ? bandOf(profile.income) : null,
        riskLevel: profile.riskPreference?.level ?? null,
      };
    }
    case 'corporate':
      return { ...nothingCoarse, cityCode: profile.registeredAddress?.cityCode ?? null };
  }
}

/** Bands are of a year's income in CNY; income in another currency has none. */
function bandOf({ amount, currency }: { readonly amount: string; readonly currency: string }): IncomeBand | null {
  if (!isCurrency(currency) || currency !== 'CNY') return null;
  const yuan = minorOf(amount, currency) / 100n;
  return yuan < 50_000n ? 'under-50k' : yuan < 200_000n ? '50k-200k' : yuan < 1_000_000n ? '200k-1m' : 'over-1m';
}
