import { Readable } from 'node:stream';
import { z } from 'zod';
import { tellable } from '../../../shared/access/told.js';
import { seesRestricted } from '../../../shared/access/rights.js';
import { internal } from '../../../shared/access/classified.js';
import { idSchema } from '../../../shared/events/values.js';
import { Refusal } from '../../../shared/http/context.js';
import { aboutParam, toldBy } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import type { Records } from '../../../shared/records/record.js';
import { isUnderWay } from '../erasure/progress.js';
import type { People } from '../merging/person.js';
import { customerRejections } from '../rejections.js';
import { customerRecord } from '../state.js';
import { portableLines, type PortablePart } from './parts.js';

export interface PortableModuleOptions {
  readonly records: Records;
  readonly people: People;
  readonly parts: readonly PortablePart[];
  readonly now: () => Date;
  /** Waits until the read models have all that the log has now; throws Refusal where that takes too long. */
  readonly upToDate: () => Promise<void>;
}

const params = z.strictObject({ id: idSchema.toLowerCase() });
const NDJSON = 'application/x-ndjson';

/** A customer's own data on request: everything, readable by machine. */
export function portableModule({ records, people, parts, now, upToDate }: PortableModuleOptions): RouteModule {
  const classes = parts.flatMap(({ schema }) => tellable(schema).classes);
  return {
    name: 'portable-data',
    description: 'What the bank has of a customer, for the customer',
    rejections: customerRejections,
    routes(server) {
      server.get('/v1/customers/:id/portable-data', {
        config: { access: { permission: 'customers.hand-over', about: aboutParam('customer') } },
        schema: {
          tags: ['customers'], summary: 'All data of a customer, one JSON object a line', params, produces: [NDJSON],
          description: `The first line {part: "begin"} says whose data it is, under which ids, which parts follow (${parts.map(({ name }) => name).join(', ')}) and, in notWhole, of which classes of data the reader does not see all; then a line {part, content} for each thing; {part: "end", lines} is the last.`,
          response: { 200: internal(z.custom<Readable>()).meta({ type: 'string', format: 'binary' }) },
        },
      }, async (request, reply) => {
        const ids = await people.idsOf(request.params.id);
        const state = (await records.load(customerRecord, ids[0]!))?.state;
        if (!state || state.status === 'absent') throw new Refusal({ code: 'customer_not_found' });
        if (state.status === 'erased') throw new Refusal({ code: 'customer_erased' });
        if ((state.restriction !== null || isUnderWay(state.erasure)) && !seesRestricted(request.principal.rights, request.purpose)) throw new Refusal({ code: 'customer_restricted' });
        await upToDate();
        const told = toldBy(request);
        for (const id of ids) told.customers.add(id);
        for (const dataClass of classes) if (request.views[dataClass] !== 'hidden') told[request.views[dataClass]].add(dataClass);
        const lines = portableLines({ customerId: ids[0]!, ids, at: now().toISOString() }, parts, request.views);
        return reply.header('content-type', NDJSON).header('content-disposition', 'attachment; filename="portable-data.ndjson"').send(Readable.from(lines, { objectMode: false }));
      });
    },
  };
}
