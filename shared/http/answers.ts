import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { internal } from '../access/classified.js';
import { etagOf } from './conditional.js';

/** What every command answers. `position` goes into `?after=` of a query that must see the change. */
export const commandResultSchema = z
  .object({ id: z.uuid(), revision: z.int().min(0), position: internal(z.string().regex(/^\d+$/)) })
  .meta({ id: 'CommandResult', description: 'revision: of the record, as in its ETag; position: in the log, for ?after=' });

export interface CommandResult {
  readonly id: string;
  readonly revision: bigint;
  readonly position: bigint;
}

/** A command's answer as JSON: nothing of bigint leaves the program. */
export const commandAnswer = ({ id, revision, position }: CommandResult) => ({ id, revision: Number(revision), position: position.toString() });

/** 201 with Location and ETag. */
export const created = (reply: FastifyReply, location: string, result: CommandResult) =>
  reply.code(201).header('location', location).header('etag', etagOf(result.revision)).send(commandAnswer(result));

/** 200 with ETag. */
export const done = (reply: FastifyReply, result: CommandResult) => reply.code(200).header('etag', etagOf(result.revision)).send(commandAnswer(result));
