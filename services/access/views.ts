import { z } from 'zod';
import { classified, internal } from '../../shared/access/classified.js';
import type { Permit } from '../../shared/access/rights.js';
import { readable, type Personal } from '../../shared/events/personal.js';
import { amountText } from '../../shared/kernel/money.js';
import type { CouldHave, Why } from './could-have.js';
import type { Source } from './held-rights.js';
import type { Branch, Client, Role, Staff, StoredApprovalRule } from './state.js';

/** What HTTP shows. The names of staff, how to reach them and what was said about them are of class `staff`. */

const code = internal(z.string());
const time = z.iso.datetime();
const ofStaff = classified(z.string(), 'staff');
const reason = ofStaff.meta({ description: '"erased": cannot be read any more' });
const scope = z.enum(['own', 'portfolio', 'branch', 'all']);
const limits = z.record(z.string(), code).optional();
const permit = z.object({ permission: code, scope, limits, commands: z.array(code).optional() });
const revision = z.int();
const views = z.record(z.string(), z.enum(['hidden', 'masked', 'clear']));

export const accessResultSchema = z.object({ id: code, revision, position: internal(z.string().regex(/^\d+$/)) }).meta({ id: 'AccessResult', description: 'revision: of the thing, as in its ETag' });

export const machineKeySchema = accessResultSchema.extend({ keyId: z.uuid(), key: internal(z.string()) }).meta({ id: 'MachineKey', description: 'key: Authorization: Bearer …; shown once' });

export const staffViewSchema = z.object({
  id: z.uuid(), revision, username: ofStaff, status: z.enum(['active', 'suspended', 'left']), branch: code, hiredAt: time,
  person: z.object({ name: ofStaff, email: ofStaff.optional(), phone: ofStaff.optional() }),
  openIdSubject: z.object({ issuer: code, linkedAt: time }).optional().meta({ description: 'There is one; which one is not kept' }),
  assignments: z.array(z.object({ id: z.uuid(), role: code, branch: code, from: time, until: time.optional() })),
  grants: z.array(z.object({ id: z.uuid(), role: code.optional(), permit: permit.optional(), branch: code, from: time, until: time, by: code, reason })),
  actAs: z.array(z.object({ id: z.uuid(), asStaffId: z.uuid(), from: time, until: time, reason })),
}).meta({ id: 'Staff' });

export const branchViewSchema = z.object({ code, revision, title: code, parent: code.optional(), status: z.enum(['open', 'closed']) }).meta({ id: 'Branch' });
export const roleViewSchema = z.object({ name: code, revision, title: code, status: z.enum(['current', 'retired']), permits: z.array(permit), views }).meta({ id: 'Role' });
export const approvalRuleViewSchema = z.object({
  name: code, revision, title: code, status: z.enum(['current', 'retired']), permission: code, above: limits, fields: z.array(code).optional(), roles: z.array(code).optional(),
  exemptRoles: z.array(code).optional(), expiresAfterSeconds: z.int(),
}).meta({ id: 'ApprovalRule', description: 'Every condition that is given must hold' });
export const clientViewSchema = z.object({ id: z.uuid(), revision, name: code, status: z.enum(['active', 'revoked']), branch: code, registeredAt: time, permits: z.array(permit), views, keys: z.array(z.uuid()) }).meta({ id: 'Client' });

export const couldHaveSchema = z.object({
  kind: z.enum(['staff', 'client']), id: z.uuid(), username: ofStaff.optional(), personName: ofStaff.optional(), clientName: code.optional(), branch: code,
  why: z.array(z.object({
    kind: z.enum(['assignment', 'grant', 'act-as', 'client']), id: z.uuid().optional(), role: code.optional(), asStaffId: z.uuid().optional(), branch: code.optional(),
    from: time.optional(), until: time.optional(), by: code.optional(), reason: reason.optional(), scope, limits,
  })),
}).meta({ id: 'CouldHave' });

const text = (value: Personal<string>): string => (readable(value) ? (value as string) : 'erased');
const limitsText = ({ limits }: Pick<Permit, 'limits'>) => (limits ? { limits: Object.fromEntries([...limits].map(([currency, most]) => [currency, amountText(most, currency)])) } : {});

export const staffView = (id: string, { revision, username, status, branch, hiredAt, person, assignments, grants, actAs, subject }: Staff): z.input<typeof staffViewSchema> => ({
  id, revision: Number(revision), username, status, branch, hiredAt,
  person: readable(person) ? person : { name: 'erased' },
  ...(subject && { openIdSubject: { issuer: subject.issuer, linkedAt: subject.linkedAt } }),
  assignments: assignments.map(({ assignmentId, until, ...one }) => ({ id: assignmentId, ...one, ...(until !== null && { until }) })),
  grants: grants.map(({ grantId, granted, reason: why, ...one }) => ({ id: grantId, ...one, reason: text(why), ...(granted.kind === 'role' ? { role: granted.role } : { permit: granted.permit }) })),
  actAs: actAs.map(({ actAsId, reason: why, ...one }) => ({ id: actAsId, ...one, reason: text(why) })),
});

export const branchView = (branch: string, { revision, title, parent, status }: Branch): z.input<typeof branchViewSchema> =>
  ({ code: branch, revision: Number(revision), title, status, ...(parent !== null && { parent }) });

export const roleView = (name: string, { revision, title, status, permits, views: shown }: Role): z.input<typeof roleViewSchema> =>
  ({ name, revision: Number(revision), title, status, permits: [...permits], views: shown });

export const approvalRuleView = (name: string, { revision, ...rule }: StoredApprovalRule): z.input<typeof approvalRuleViewSchema> => ({ name, revision: Number(revision), ...rule });

export const clientView = (id: string, { revision, name, status, branch, registeredAt, permits, views: shown, keys }: Client): z.input<typeof clientViewSchema> =>
  ({ id, revision: Number(revision), name, status, branch, registeredAt, permits: [...permits], views: shown, keys: [...keys] });

export function couldHaveView(one: CouldHave): z.input<typeof couldHaveSchema> {
  const who = one.kind === 'staff'
    ? { username: one.staff.username, personName: readable(one.staff.person) ? one.staff.person.name : 'erased', branch: one.staff.branch }
    : { clientName: one.client.name, branch: one.client.branch };
  return { kind: one.kind, id: one.id, ...who, why: one.why.map(whyView) };
}

function whyView({ source, permit: held }: Why): z.input<typeof couldHaveSchema>['why'][number] {
  return { ...sourceView(source), scope: held.scope, ...limitsText(held), ...(held.commands && { commands: [...held.commands] }) };
}

function sourceView(source: Source) {
  switch (source.kind) {
    case 'assignment': {
      const { assignmentId: id, until, ...rest } = source;
      return { ...rest, id, ...(until !== null && { until }) };
    }
    case 'grant': {
      const { grantId: id, reason: why, ...rest } = source;
      return { ...rest, id, reason: text(why) };
    }
    case 'act-as': {
      const { actAsId: id, reason: why, ...rest } = source;
      return { ...rest, id, reason: text(why) };
    }
    case 'client':
      return source;
  }
}
