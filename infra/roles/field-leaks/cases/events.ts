import type { RouteCase } from '../route-case.js';

const upTo = (stream: string, events: number) => Array.from({ length: events }, (_, revision) => ({ stream, revision }));
const reason = 'case 88 of the walk';

export const eventCases: readonly RouteCase[] = [
  {
    route: 'POST /v1/events/unseal', permission: 'events.unseal',
    requests: ({ customers }) => [
      ...customers.map(({ id }) => ({ body: { events: upTo(`customer-${id}`, 12), reason } })),
      { body: { events: upTo('ledger-0', 100), reason } }, { body: { events: [{ stream: '$all', revision: 0 }], reason } }, { body: { events: upTo('ledger-0', 101), reason } },
    ],
  },
];
