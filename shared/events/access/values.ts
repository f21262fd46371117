import { z } from 'zod';

/** A branch's code: chosen once, never changed, the same that customers carry. */
export const branchCodeSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,19}$/, 'must be 1 to 20 letters, digits and hyphens').meta({ id: 'BranchCode' });
export const roleNameSchema = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be 2 to 40 lower-case letters, digits and hyphens').meta({ id: 'RoleName' });
/** Lower case. What can be mistaken for one that somebody has is refused when it is chosen. */
export const usernameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$/, 'must be 3 to 32 letters, digits, dots, hyphens and underscores').meta({ id: 'Username' });
export const clientNameSchema = z.string().regex(/^[a-z][a-z0-9-]{2,39}$/, 'must be 3 to 40 lower-case letters, digits and hyphens').meta({ id: 'ClientName' });
export const titleSchema = z.string().min(1).max(100);

/** Largest single amount by currency; a currency that is not named is not allowed at all. */
export const limitsSchema = z.record(z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code'), z.string().max(40).regex(/^\d+(\.\d+)?$/, 'must be a decimal such as "100.00"'));

const permissionNameSchema = z.string().regex(/^[a-z][a-z.-]{0,59}$/);

/** One permission, how far it reaches and up to which amount. The names of permissions are open: what a program no longer knows permits nothing. */
export const permitSchema = z
  .strictObject({
    permission: permissionNameSchema, scope: z.enum(['own', 'portfolio', 'branch', 'all']), limits: limitsSchema.optional(),
    commands: z.array(permissionNameSchema).min(1).max(100).optional().meta({ description: 'With approvals.decide and approvals.read: of which commands' }),
  })
  .meta({ id: 'Permit' });
export type PermitText = z.output<typeof permitSchema>;

/** How much of each class of data is shown; what is not named is hidden. */
export const viewsSchema = z.record(z.string().regex(/^[a-z][a-z-]{0,39}$/), z.enum(['hidden', 'masked', 'clear'])).meta({ id: 'Views' });
export type ViewsText = z.output<typeof viewsSchema>;

export const personSchema = z
  .strictObject({ name: z.string().min(1).max(200), email: z.string().max(254).optional(), phone: z.string().max(32).optional() })
  .meta({ id: 'StaffPerson' });
export type StaffPerson = z.output<typeof personSchema>;

export const reasonSchema = z.string().min(1).max(500);

/** Which commands wait for approval; every condition that is given must hold. */
export const approvalRuleShape = {
  title: titleSchema, permission: permissionNameSchema,
  above: limitsSchema.optional().meta({ description: 'Amounts above these; a currency that is not named counts as above' }),
  fields: z.array(z.string().min(1).max(60)).min(1).max(50).optional().meta({ description: 'Where the body names any of these' }),
  roles: z.array(roleNameSchema).min(1).max(50).optional().meta({ description: 'Only of those who send as one of these' }),
  exemptRoles: z.array(roleNameSchema).min(1).max(50).optional(),
  expiresAfterSeconds: z.int().min(1).max(7_776_000),
};
const approvalRuleSchema = z.strictObject(approvalRuleShape);
export type ApprovalRuleText = z.output<typeof approvalRuleSchema>;
