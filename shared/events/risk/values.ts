import { z } from 'zod';

/** From least to most. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export const severitySchema = z.enum(SEVERITIES).meta({ id: 'Severity' });
export type Severity = z.output<typeof severitySchema>;

export const isAbove = (one: Severity, other: Severity): boolean => SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other);

/** Whether somebody who wants to be told from a severity on, of these kinds or (null) of all, is to be told of such an alert. */
export const asksFor = (asked: { readonly severity: Severity; readonly kinds: readonly string[] | null }, alert: { readonly severity: Severity; readonly kind: string }): boolean =>
  !isAbove(asked.severity, alert.severity) && (asked.kinds?.includes(alert.kind) ?? true);

/** What an alert is about: the alerts of one kind about one customer are worked as one case. The bank's own rules may name kinds of their own. */
export const alertKindSchema = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be a name in lower case such as "rapid-in-out"');

export const versionSchema = z.int().min(1);

/** What one alert may hold. */
export const MOST_ACCOUNTS = 50;
export const MOST_EVIDENCE = 100;
/** A rule has at most 200 nodes, of which each may stand for itself and for what it is compared with. */
export const MOST_TRACE = 600;
