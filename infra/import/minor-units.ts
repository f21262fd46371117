import { CURRENCIES, MAX_MINOR, type CurrencyCode } from '../../shared/kernel/money.js';
import { lineFault } from './line-faults.js';

/** A source's decimal ("700", "700.5", "700.500") in minor units; digits the currency does not have must be zeros. Throws LineUnusable. */
export function minorUnits(decimal: string, currency: CurrencyCode, field: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
  if (!match) throw lineFault(field, 'decimal_malformed', 'is not a decimal');
  const exponent = CURRENCIES[currency];
  const fraction = (match[3] ?? '').padEnd(exponent, '0');
  if (/[1-9]/.test(fraction.slice(exponent))) throw lineFault(field, 'amount_scale', `has more decimals than ${currency} has`);
  const minor = BigInt(match[2]! + fraction.slice(0, exponent));
  if (minor > MAX_MINOR) throw lineFault(field, 'amount_too_large', 'is larger than one posting may be');
  return match[1] === '-' ? -minor : minor;
}
