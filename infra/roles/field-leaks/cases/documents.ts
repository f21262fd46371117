import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

const people = { targets: ({ customers }: World) => customers.slice(0, 2), unknown: UNKNOWN, item: ({ documents }: World, id: string) => documents.get(id) ?? UNKNOWN };
const changing = { targets: ({ customers, spare }: World) => [{ id: spare.customer, owners: customers[0]!.owners }, customers[1]!], unknown: UNKNOWN };
const file = (name: string) => ({ 'content-type': 'text/plain', 'content-disposition': `attachment; filename*=UTF-8''${name}` });

export const documentCases: readonly RouteCase[] = [
  { route: 'GET /v1/customers/{id}/documents', permission: 'documents.read', ...people, requests: () => [{}, { query: 'limit=1' }, { query: 'kind=contract' }] },
  { route: 'GET /v1/customers/{id}/documents/{documentId}', permission: 'documents.read', ...people },
  { route: 'GET /v1/customers/{id}/documents/{documentId}/content', permission: 'documents.read', ...people },
  {
    route: 'POST /v1/customers/{id}/documents', permission: 'documents.add', ...changing,
    requests: () => [{ query: 'kind=photo', body: 'walked', headers: { ...file('walked.txt'), 'idempotency-key': 'attach' } }, { query: 'kind=photo', body: '%PDF', headers: file('no.txt') }, { query: 'kind=none', body: 'x', headers: file('..%2Fx.txt') }],
  },
  {
    route: 'POST /v1/customers/{id}/documents/{documentId}/remove', permission: 'documents.remove', ...changing, item: ({ spare, documents }, id) => documents.get(id) ?? spare.document,
    requests: () => [{ body: { reason: 'walk' }, headers: { 'if-match': '"999999"' } }, { body: { reason: 'walk' }, headers: { 'if-match': '*' } }, { body: {} }],
  },
];
