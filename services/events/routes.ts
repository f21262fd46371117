import { seesRestricted } from '../../shared/access/rights.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { EVERYTHING } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { MOST_EVENTS, unsealBody, unsealedSchema } from './bodies.js';
import { contractRoutes } from './contract.js';
import { unseal } from './unsealing.js';

export interface EventsParts {
  readonly store: EventStore;
  readonly vault: Vault;
  /** Whose data is kept and not processed. */
  readonly isRestricted: (customerId: string) => Promise<boolean>;
}

export const eventsModule = (parts: EventsParts): RouteModule => ({
  name: 'events',
  description: 'For programs that read the bank\'s events: what these look like, and what is sealed in them',
  rejections: [],
  routes(server) {
    contractRoutes(server);

    server.post('/v1/events/unseal', {
      config: { access: { permission: 'events.unseal', about: () => EVERYTHING, runsAtOnce: true, reason: ({ body }) => (body as { reason: string }).reason } },
      schema: {
        tags: ['events'], summary: 'Open personal fields of events', body: unsealBody, response: { 200: unsealedSchema },
        description: `Up to ${MOST_EVENTS} events by stream and revision. Each field is shown as your views show its class of data, and stands in the access log under the customer's id. A permission that reaches all customers is needed.`,
      },
    }, async ({ body, principal: { rights }, purpose }) => {
      const mayProcess = async (customerId: string): Promise<boolean> => seesRestricted(rights, purpose) || !(await parts.isRestricted(customerId));
      return { items: await unseal(parts, body.events, mayProcess) };
    });
  },
});
