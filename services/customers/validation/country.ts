import type { FieldError } from '../../../shared/kernel/decision.js';

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Whether two capital letters are a country; of anything else the shape is at fault. */
export function countryFaults(country: unknown, pointer: string): FieldError[] {
  if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country)) return [];
  return country === 'ZZ' || countries.of(country) === undefined ? [{ pointer, code: 'country_unknown', detail: 'is not an ISO 3166-1 country' }] : [];
}
