import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { DataClass, Views } from '../access/data-classes.js';
import { viewsFor } from '../access/data-classes.js';
import { classesByMember } from '../access/member-classes.js';
import { Refusal } from './context.js';
import { pointerOf } from './validation.js';
import type { About, RouteAccess } from './route-access.js';

const MOST_REASON = 500;

/** What a route that unmasks takes: names of classified fields of the record, and why. */
export function unmaskBodyOf(record: z.ZodType) {
  const fields = [...classesByMember(record)].filter(([, classes]) => classes.length > 0).map(([name]) => name);
  return z.strictObject({
    fields: z.array(z.enum(fields as [string, ...string[]])).min(1).max(fields.length).meta({ description: 'Fields that you see masked' }),
    reason: z.string().trim().min(1).max(MOST_REASON).meta({ description: 'Why you need to see them whole; stands in the access log' }),
  });
}

interface Asked {
  readonly fields: readonly string[];
  readonly reason: string;
}

/** A permission of its own; fields and reason are in the access log before the answer leaves. */
export const unmaskAccess = (about: (request: FastifyRequest) => About): RouteAccess => ({
  permission: 'customers.unmask', about, reason: ({ body }) => (body as Asked).reason, fields: ({ body }) => (body as Asked).fields,
});

/**
 * Shows the fields asked for whole, in this one answer: what its reader sees masked is clear in it, what is hidden stays hidden. Gives the names of the fields.
 * @throws Refusal `field_hidden` for a field of which everything is hidden from the reader
 */
export function unmask(request: FastifyRequest, record: z.ZodType): readonly string[] {
  const { fields } = request.body as Asked;
  const classes = classesByMember(record);
  const views = viewsFor(request.purpose, request.principal.rights.views, true);
  const hidden = fields.flatMap((field, index) => (classes.get(field)!.every(({ dataClass }) => views[dataClass] === 'hidden') ? [pointerOf(['fields', index])] : []));
  if (hidden.length > 0) throw new Refusal({ code: 'field_hidden', detail: 'what is hidden from you cannot be unmasked', errors: hidden.map((pointer) => ({ pointer, code: 'field_hidden', detail: 'is hidden from you' })) });
  request.views = cleared(views, new Set(fields.flatMap((field) => classes.get(field)!.map(({ dataClass }) => dataClass))));
  return fields;
}

const cleared = (views: Views, asked: ReadonlySet<DataClass>): Views =>
  ({ ...views, ...Object.fromEntries([...asked].filter((name) => views[name] === 'masked').map((name) => [name, 'clear'])) });

/** The facts of a record and the fields asked for, and no other classified one: the views of this answer are not those of others. */
export function onlyAsked<T extends object>(view: T, record: z.ZodType, fields: readonly string[]): T {
  const classes = classesByMember(record);
  return Object.fromEntries(Object.entries(view).filter(([name]) => (classes.get(name) ?? []).length === 0 || fields.includes(name))) as T;
}
