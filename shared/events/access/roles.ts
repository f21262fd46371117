import { z } from 'zod';
import { defineEvent } from '../definition.js';
import { permitSchema, roleNameSchema, titleSchema, viewsSchema } from './values.js';

const module = 'access';
const definition = { role: roleNameSchema, title: titleSchema, permits: z.array(permitSchema).max(200), views: viewsSchema };

export const RoleDefined = defineEvent({ module, type: 'RoleDefined', shape: definition });
/** The whole of what it is from now on, for everybody who has it. */
export const RoleChanged = defineEvent({ module, type: 'RoleChanged', shape: definition });
export const RoleRetired = defineEvent({ module, type: 'RoleRetired', shape: { role: roleNameSchema } });

export const roleEvents = [RoleDefined, RoleChanged, RoleRetired] as const;
