import { z } from 'zod';
import { actorSchema, defineEvent, type EventOf } from '../definition.js';
import { envelopeSchema } from '../personal.js';
import { idSchema, timeSchema } from '../values.js';

/**
 * Streams "accesses-<spool>", one for each run of an api process: what was looked at, and what was refused. Ids and names of fields, never a value. Who asked from
 * where, and why, stand in envelopes that were sealed when it was asked: under the person's own key, a reason under the key of the one customer it concerns.
 */
const module = 'accesses';

const ids = z.array(z.string().max(64)).min(1);
const names = z.array(z.string().max(100)).min(1);

export const accessSchema = z
  .strictObject({
    /** Within the spool; rising, not without gaps. */
    number: z.int().min(1),
    at: timeSchema,
    requestId: z.string().max(64),
    actor: actorSchema,
    sessionId: idSchema.optional(),
    /** "GET /v1/customers/:id" */
    route: z.string().max(200),
    status: z.int().min(200).max(499),
    /** Of a refusal. */
    code: z.string().max(60).optional(),
    /** How many of the same were refused since the one recorded before; one where absent. */
    times: z.int().min(1).optional(),
    purpose: z.string().max(40).optional(),
    /** What the request named, where it is neither customer nor account. */
    about: z.string().max(100).optional(),
    customers: ids.optional(),
    accounts: ids.optional(),
    counterparties: ids.optional(),
    clear: names.optional(),
    masked: names.optional(),
    fields: names.optional(),
    criteria: names.optional(),
    /** {address, device} */
    from: envelopeSchema.optional(),
    /** A text. */
    reason: envelopeSchema.optional(),
  })
  .meta({ id: 'Access' });
export type RecordedAccess = z.output<typeof accessSchema>;

export const AccessesRecorded = defineEvent({ module, type: 'AccessesRecorded', shape: { spool: idSchema, accesses: z.array(accessSchema).min(1).max(1_000) } });

export const accessLogEvents = [AccessesRecorded] as const;
export type AccessLogEvent = EventOf<(typeof accessLogEvents)[number]>;

/** What the envelopes are bound to. */
export const FROM_BINDING = 'access-log from';
export const reasonBinding = (spool: string, number: number): string => `access-log reason ${spool} ${number}`;
