/**
 * What rules may speak of; data, given to the language by whoever knows the subjects. What the types are in memory is in `view.ts`.
 * `date` is a day of the calendar, `moment` a point in time, `texts` a set of texts.
 */
export const FIELD_TYPES = ['number', 'money', 'text', 'bool', 'date', 'moment', 'texts'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];
/** A noun phrase without article that can stand at the beginning of a sentence or within it: "monthly income", "月收入". */
export type Titles = Readonly<Record<Language, string>>;

export interface Field {
  readonly type: FieldType;
  readonly titles: Titles;
  /** Of a text or set of texts: all there can be. A rule that names another value is refused. */
  readonly values?: Readonly<Record<string, Titles>>;
}

export interface KindOfFact {
  /** In the plural: "deposits". */
  readonly titles: Titles;
  readonly fields: Readonly<Record<string, Field>>;
  /** The keys that facts of this kind have. */
  readonly keys: readonly string[];
}

export interface FactKey {
  /** What is added to a kind of fact, in English behind it, in Chinese before it and 的: "of the customer", "该客户". */
  readonly titles: Titles;
  /** Whether the subject has it, or only the fact that triggers (then only rules with a trigger can use it). */
  readonly of: 'subject' | 'trigger';
}

export interface Catalogue {
  readonly attributes: Readonly<Record<string, Field>>;
  readonly facts: Readonly<Record<string, KindOfFact>>;
  readonly keys: Readonly<Record<string, FactKey>>;
}
