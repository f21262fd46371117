/** What the law of retention asks about. */
export interface RetainedCustomer {
  readonly kind: 'individual' | 'corporate';
  /** ISO time. */
  readonly registeredAt: string;
}

/** The date through which a customer's record must be kept, once the last account was closed at a time; undefined: it need not be. */
export type RetentionUntil = (customer: RetainedCustomer, lastClosedAt: string | undefined) => string | undefined;

/**
 * So many years after the end of the business: of the last account's closing, or of the registration where there never was one. Chinese law asks for five
 * (customer due diligence records and transaction records); other laws, or longer terms for a kind of customer, come as another function of this type.
 */
export function yearsAfterBusiness(years: number): RetentionUntil {
  return ({ registeredAt }, lastClosedAt) => {
    if (years === 0) return undefined;
    return yearsLater((lastClosedAt ?? registeredAt).slice(0, 10), years);
  };
}

/** The same day so many years later, ISO; the first of March for a day that year does not have. */
export function yearsLater(date: string, years: number): string {
  const later = new Date(date);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later.toISOString().slice(0, 10);
}
