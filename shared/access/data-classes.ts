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
  marketing: 'Consents, tags, segments, campaigns',
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
  marketing: { 'identity-number': 'hidden', liabilities: 'hidden', credit: 'hidden', 'account-number': 'masked', movements: 'masked', 'free-text': 'hidden' },
  audit: {},
};

/** Nobody looks at a credit record without saying why (credit reporting law asks for the purpose of every enquiry); everything else the purpose covers. */
const HIDDEN_WITHOUT_REASON: Partial<Record<DataClass, View>> = { credit: 'hidden' };

export const viewsFrom = (given: Partial<Record<DataClass, View>>): Views =>
  Object.fromEntries(DATA_CLASSES.map((name) => [name, given[name] ?? 'hidden'])) as Record<DataClass, View>;

const made = new WeakMap<Views, Map<string, Views>>();

/** What is shown for a purpose, to who says why or does not. Every request asks: the same views of the same views. */
export function viewsFor(purpose: Purpose, views: Views, saysWhy = false): Views {
  let known = made.get(views);
  if (!known) made.set(views, (known = new Map()));
  const name = `${purpose} ${saysWhy}`;
  let shown = known.get(name);
  if (!shown) known.set(name, (shown = narrowed(views, saysWhy ? NARROWED[purpose] : { ...NARROWED[purpose], ...HIDDEN_WITHOUT_REASON })));
  return shown;
}

const narrowed = (views: Views, most: Partial<Record<DataClass, View>>): Views =>
  ({ ...views, ...Object.fromEntries((Object.entries(most) as [DataClass, View][]).map(([name, view]) => [name, atMost(views[name], view)])) });

export const everythingClear: Views = viewsFrom(Object.fromEntries(DATA_CLASSES.map((name) => [name, 'clear'])));
export const nothingShown: Views = viewsFrom({});
