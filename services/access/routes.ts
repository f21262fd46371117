import { z } from 'zod';
import { permissions, type Permission } from '../../shared/access/permissions.js';
import { reachOf } from '../../shared/access/rights.js';
import { branchCodeSchema } from '../../shared/events/access/values.js';
import type { Codec } from '../../shared/events/codec.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { RequestInvalid } from '../../shared/http/validation.js';
import { approvalRuleRoutes } from './approval-rule-routes.js';
import { branchReach, reads, tags, type AccessRoutes } from './access-routes.js';
import { whenOf } from './bank-day.js';
import { couldHave, type When } from './could-have.js';
import { readAdministration } from './folded-log.js';
import { accessRejections } from './rejections.js';
import { assignmentRoutes, staffRoutes } from './staff-routes.js';
import { subjectRoutes } from './subject-routes.js';
import { branchRoutes, clientRoutes, roleRoutes } from './structure-routes.js';
import { couldHaveSchema, couldHaveView } from './views.js';

export interface AccessModuleOptions extends AccessRoutes {
  readonly store: EventStore;
  readonly codec: Codec;
  /** IANA zone of the bank: what a day is. */
  readonly timeZone: string;
}

const names = Object.keys(permissions) as [Permission, ...Permission[]];

/** Staff, roles, branches, clients, and who could have done what. */
export function accessModule(options: AccessModuleOptions): RouteModule {
  const { store, codec, timeZone } = options;
  return {
    name: 'access',
    description: 'Who there is and what they may do: staff, roles, branches, machine clients; who could have done what when',
    rejections: accessRejections,
    routes(server) {
      staffRoutes(server, options);
      subjectRoutes(server, options);
      assignmentRoutes(server, options);
      branchRoutes(server, options);
      roleRoutes(server, options);
      clientRoutes(server, options);
      approvalRuleRoutes(server, options);

      server.get('/v1/access/could-have', {
        config: { access: reads },
        schema: {
          tags, summary: 'Who could have done such a thing then, and by what; read from the log itself',
          querystring: z.strictObject({
            permission: z.enum(names), branch: branchCodeSchema.optional().meta({ description: 'To the records of this branch' }),
            on: z.union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'must be a date, or a time with its zone' }).meta({ description: 'A day of the bank: at any time of it; or a moment' }),
          }),
          response: { 200: z.object({ items: z.array(couldHaveSchema) }) },
        },
      }, async (request) => {
        const { permission, on, branch } = request.query;
        const found = couldHave(await readAdministration(store, codec), permission, whenAsked(on, timeZone), branch);
        const { everything } = reachOf(request.principal.rights, 'access.read');
        const reaches = branchReach(request);
        return { items: found.filter((one) => (one.kind === 'staff' ? reaches(one.staff.branch) : everything)).map(couldHaveView) };
      });
    },
  };
}

function whenAsked(on: string, timeZone: string): When {
  const when = whenOf(on, timeZone);
  if (!when) throw new RequestInvalid([{ pointer: '?on', code: 'format', detail: 'there is no such day' }]);
  return when;
}
