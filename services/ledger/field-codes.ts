/** Codes of `errors[]` that only this module's fields carry. */
export const ledgerFieldCodes = [
  { code: 'currency_unknown', title: 'Not a currency this bank keeps' },
  { code: 'amount_malformed', title: 'Not an amount' },
  { code: 'amount_scale', title: 'Not the currency\'s own number of decimals' },
  { code: 'amount_too_large', title: 'More than one posting may move' },
  { code: 'amount_not_positive', title: 'The amount must be above zero' },
] as const;
