import { z } from 'zod';
import { classified } from '../../shared/access/classified.js';
import { approvalRuleShape, branchCodeSchema, clientNameSchema, permitSchema, personSchema, reasonSchema, roleNameSchema, titleSchema, usernameSchema, viewsSchema } from '../../shared/events/access/values.js';

/** What HTTP takes. */

const time = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time, such as 2026-01-31T08:00:00Z' });
const username = z.string().normalize().trim().toLowerCase().pipe(usernameSchema).meta({ description: 'Lower-cased. Refused where it could be taken for one that somebody has' });
const person = classified(z.strictObject({
  name: z.string().trim().min(1).max(200), email: z.email().max(254).optional(), phone: z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be an international number such as +8613800000001').optional(),
}).pipe(personSchema), 'staff');
const reason = reasonSchema.trim().meta({ description: 'Why; stands in the log' });
const permits = z.array(permitSchema).max(200);

export const hireBody = z.strictObject({ username, branch: branchCodeSchema, person });
export const changeStaffBody = z.strictObject({
  username: username.optional(), person: person.optional().meta({ description: 'The whole of what is known' }),
  branch: branchCodeSchema.optional().meta({ description: 'Transfers; assignments at the branch left go along' }),
});
export const subjectBody = z.strictObject({ subject: classified(z.string().min(1).max(255), 'staff').meta({ description: 'The claim `sub`, exactly as the provider has it' }) });
export const reasonBody = z.strictObject({ reason: reason.optional() });
export const assignBody = z.strictObject({ role: roleNameSchema, branch: branchCodeSchema, from: time.optional(), until: time.optional() });
export const grantBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('role'), role: roleNameSchema, branch: branchCodeSchema, from: time.optional(), until: time, reason }),
  z.strictObject({ kind: z.literal('permission'), permit: permitSchema, branch: branchCodeSchema, from: time.optional(), until: time, reason }),
]);
export const actAsBody = z.strictObject({ staffId: z.uuid().toLowerCase(), until: time, reason });

export const openBranchBody = z.strictObject({ code: branchCodeSchema, title: titleSchema, parent: branchCodeSchema });
export const changeBranchBody = z.strictObject({ title: titleSchema.optional(), parent: branchCodeSchema.optional() });

export const defineRoleBody = z.strictObject({ name: roleNameSchema, title: titleSchema, permits, views: viewsSchema });
export const changeRoleBody = z.strictObject({ title: titleSchema.optional(), permits: permits.optional(), views: viewsSchema.optional() });

export const approvalRuleBody = z.strictObject(approvalRuleShape);
export const defineApprovalRuleBody = z.strictObject({ name: roleNameSchema, ...approvalRuleShape });

export const registerClientBody = z.strictObject({ name: clientNameSchema, permits, branch: branchCodeSchema, views: viewsSchema });
export const changeClientBody = z.strictObject({ permits: permits.optional(), branch: branchCodeSchema.optional(), views: viewsSchema.optional() });

const isoOf = (text: string): string => new Date(text).toISOString();
/** Times as the log has them: UTC, to the millisecond. */
export const windowOf = <T extends { from?: string | undefined; until?: string | undefined }>({ from, until }: T) => ({
  ...(from !== undefined && { from: isoOf(from) }),
  ...(until !== undefined && { until: isoOf(until) }),
});
export const timeOf = isoOf;

/** Without the members that were not sent. */
export const sent = <T extends object>(body: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
