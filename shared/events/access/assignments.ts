import { z } from 'zod';
import { defineEvent } from '../definition.js';
import { personal } from '../personal.js';
import { idSchema } from '../values.js';
import { branchCodeSchema, permitSchema, reasonSchema, roleNameSchema } from './values.js';

const module = 'access';
const staffId = idSchema;
const time = z.iso.datetime();
const reason = personal(reasonSchema);

/** Times: `from` inclusive, `until` exclusive; without `until` for as long as nobody ends it. */
export const RoleAssigned = defineEvent({
  module, type: 'RoleAssigned',
  shape: { staffId, assignmentId: idSchema, role: roleNameSchema, branch: branchCodeSchema, from: time, until: time.optional() },
});
export const AssignmentEnded = defineEvent({ module, type: 'AssignmentEnded', shape: { staffId, assignmentId: idSchema } });

const granted = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('permission'), permit: permitSchema }),
  z.strictObject({ kind: z.literal('role'), role: roleNameSchema }),
]);

/** Scope `branch` reaches the branch named and those below it. */
export const TemporaryGrantGiven = defineEvent({
  module, type: 'TemporaryGrantGiven',
  shape: { staffId, grantId: idSchema, granted, branch: branchCodeSchema, from: time, until: time, reason },
});
export const TemporaryGrantEnded = defineEvent({ module, type: 'TemporaryGrantEnded', shape: { staffId, grantId: idSchema } });

/** `staffId` may use the rights of `asStaffId` until then; whatever is done so names both. */
export const ActAsStarted = defineEvent({ module, type: 'ActAsStarted', shape: { staffId, actAsId: idSchema, asStaffId: idSchema, until: time, reason } });
export const ActAsEnded = defineEvent({ module, type: 'ActAsEnded', shape: { staffId, actAsId: idSchema } });

export const assignmentEvents = [RoleAssigned, AssignmentEnded, TemporaryGrantGiven, TemporaryGrantEnded, ActAsStarted, ActAsEnded] as const;
