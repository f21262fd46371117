import { randomUUID } from 'node:crypto';
import type { CommandContext } from './context.js';

/** Of a command that the bank gives itself, in the name of a part of it. With the id of the command where a repeat must find what it did before. */
export const systemContext = (id: string, at: Date, commandId: string = randomUUID()): CommandContext =>
  ({ commandId, repeatable: false, correlationId: commandId, actor: { id, role: 'system', channel: 'system' }, at });
