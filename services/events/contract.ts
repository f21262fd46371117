import { asyncApiOf, SCHEMAS_URL } from '../../shared/event-bus/asyncapi.js';
import { metadataJsonSchema, schemaPath, schemaText, sealedJsonSchema } from '../../shared/events/json-schemas.js';
import { allEvents } from '../../shared/events/registry.js';
import { Refusal } from '../../shared/http/context.js';
import type { HttpServer } from '../../shared/http/route-module.js';

/** What downstream programs rely on, for everybody: it tells of no customer. The AsyncAPI document, and each schema under an address that stays. */
export function contractRoutes(server: HttpServer): void {
  const document = asyncApiOf(allEvents);
  const schemas = publishedTexts();
  server.get('/asyncapi.json', { config: { public: true }, schema: { hide: true } }, async () => document);
  server.get(`${SCHEMAS_URL}/*`, { config: { public: true }, schema: { hide: true } }, async (request, reply) => {
    const text = schemas.get((request.params as { '*': string })['*']);
    if (text === undefined) throw new Refusal({ code: 'route_not_found' });
    return reply.header('content-type', 'application/schema+json; charset=utf-8').send(text);
  });
}

function publishedTexts(): ReadonlyMap<string, string> {
  const versions = allEvents.flatMap((definition) => definition.versions.map((_, index) => [schemaPath(definition.type, index + 1), sealedJsonSchema(definition, index + 1)] as const));
  return new Map([['metadata.json', metadataJsonSchema()] as const, ...versions].map(([path, schema]) => [path, schemaText(schema)]));
}
