/**
 * What a field of an answer says about a person. A field without a class is internal (ids, states, times, branches: C1 of JR/T 0171);
 * a free text must have one. Authentication secrets (C3) are in no answer at all.
 */
export const dataClasses = {
  name: 'Names',
  identity: 'Sex, birth date, marital status',
  'identity-number': 'Numbers of ID documents, credit codes, licences',
  contact: 'Phones, e-mail, addresses, contact persons',
  employment: 'Occupation, employer, business scope',
  income: 'Income, registered capital',
  assets: 'Itemised assets',
  liabilities: 'Itemised liabilities',
  credit: 'Credit record, score, repayment history',
  preferences: 'Risk preference, interests',
  marketing: 'Consents, segments, campaigns',
  ownership: 'Shareholders, beneficial owners, legal representative',
  'account-number': 'Account and card numbers',
  balances: 'Balances, available amounts, holds',
  movements: 'Amounts and counterparties of transactions',
  'free-text': 'Memos, reasons and notes that people typed',
  staff: 'Names and contacts of staff',
} as const;

export type DataClass = keyof typeof dataClasses;
export const DATA_CLASSES = Object.keys(dataClasses) as DataClass[];

/** How much of a class is shown; from least to most. */
export const VIEWS = ['hidden', 'masked', 'clear'] as const;
export type View = (typeof VIEWS)[number];
export type Views = Readonly<Record<DataClass, View>>;

export const atMost = (a: View, b: View): View => (VIEWS.indexOf(a) < VIEWS.indexOf(b) ? a : b);
export const atLeast = (a: View, b: View): View => (VIEWS.indexOf(a) > VIEWS.indexOf(b) ? a : b);

/** Why data is looked at; the purpose narrows what a role would see. */
export const PURPOSES = ['service', 'risk', 'marketing', 'audit'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What a purpose has no need of; what is not named is not narrowed. */
const NARROWED: Readonly<Record<Purpose, Partial<Record<DataClass, View>>>> = {
  service: {},
  risk: { marketing: 'hidden', preferences: 'hidden' },
  marketing: { 'identity-number': 'hidden', liabilities: 'hidden', credit: 'hidden', 'account-number': 'masked', movements: 'hidden', 'free-text': 'hidden' },
  audit: {},
};

export const viewsFrom = (given: Partial<Record<DataClass, View>>): Views =>
  Object.fromEntries(DATA_CLASSES.map((name) => [name, given[name] ?? 'hidden'])) as Record<DataClass, View>;

/** Every request asks, and most for a purpose that narrows nothing: then they are the views themselves. */
export function viewsFor(purpose: Purpose, views: Views): Views {
  const narrowed = Object.entries(NARROWED[purpose]) as [DataClass, View][];
  return narrowed.length === 0 ? views : { ...views, ...Object.fromEntries(narrowed.map(([name, most]) => [name, atMost(views[name], most)])) };
}

export const everythingClear: Views = viewsFrom(Object.fromEntries(DATA_CLASSES.map((name) => [name, 'clear'])));
export const nothingShown: Views = viewsFrom({});
