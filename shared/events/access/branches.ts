import { defineEvent } from '../definition.js';
import { branchCodeSchema, titleSchema } from './values.js';

const module = 'access';

/** Without a parent only the head office, the root of the tree. */
export const BranchOpened = defineEvent({ module, type: 'BranchOpened', shape: { branch: branchCodeSchema, title: titleSchema, parent: branchCodeSchema.optional() } });
export const BranchRenamed = defineEvent({ module, type: 'BranchRenamed', shape: { branch: branchCodeSchema, before: titleSchema, after: titleSchema } });
/** With everything below it. */
export const BranchMoved = defineEvent({ module, type: 'BranchMoved', shape: { branch: branchCodeSchema, before: branchCodeSchema, after: branchCodeSchema } });
export const BranchClosed = defineEvent({ module, type: 'BranchClosed', shape: { branch: branchCodeSchema } });

export const branchEvents = [BranchOpened, BranchRenamed, BranchMoved, BranchClosed] as const;
