import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { tidied } from './openapi-components.js';
import { healthPaths } from './openapi-health.js';
import { completeOperation, factsOf, pathOf, type Operation, type PathFacts } from './openapi-operations.js';
import type { HttpServer, RouteModule } from './route-module.js';
import { DOCUMENTATION_POLICY } from './security-headers.js';

const toJsonSchema = createJsonSchemaTransform({ skipList: [] });

const CORRELATION = { description: 'Names this very request; the one sent, where that was a UUID', required: true, schema: { type: 'string', format: 'uuid' } } as const;

/** OpenAPI 3.1 at /openapi.json and a page at /docs, whose files come from this server: it works offline. */
export async function addDocumentation(server: HttpServer, modules: readonly RouteModule[]): Promise<void> {
  const facts = new Map<string, PathFacts>();
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Passbook', version: '1', description: 'Core-banking CRM. Amounts are exact decimals; every refusal is a problem with a stable code. The bank\'s events are described by /asyncapi.json.' },
      servers: [{ url: '/' }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } }, headers: { 'X-Correlation-Id': CORRELATION } },
      security: [{ bearer: [] }],
    },
    transform: (document) => {
      const { schema, url } = toJsonSchema(document);
      if (schema && !('hide' in schema && schema.hide)) {
        const { route } = document;
        facts.set(`${route.method.toString().toLowerCase()} ${pathOf(route.url)}`, factsOf(route));
        const headers = headersOf(route.method.toString(), route.config);
        if (headers) (schema as { headers?: unknown }).headers = headers;
      }
      return { schema, url };
    },
    transformObject: (document) => {
      const made = jsonSchemaTransformObject(document) as { paths?: Record<string, Record<string, Operation>>; components?: object };
      const responses: Record<string, unknown> = {};
      for (const [path, operations] of Object.entries(made.paths ?? {})) {
        for (const [method, operation] of Object.entries(operations)) {
          const fact = facts.get(`${method} ${path}`);
          if (fact) completeOperation(operation, fact, responses);
        }
      }
      const paths = { ...made.paths, ...healthPaths };
      return tidied({ ...made, tags: tagsOf(paths, modules), paths, components: { ...made.components, responses } }) as ReturnType<typeof jsonSchemaTransformObject>;
    },
  });
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: DOCUMENTATION_POLICY, logLevel: 'silent' });
}

function tagsOf(paths: object, modules: readonly RouteModule[]): { name: string; description?: string }[] {
  const used = Object.values(paths).flatMap((operations: object) => Object.values(operations).flatMap((operation: { tags?: string[] }) => operation.tags ?? []));
  return [...new Set(used)].map((name) => {
    const description = modules.find((module) => module.name === name)?.description;
    return { name, ...(description !== undefined && { description }) };
  });
}

/** Headers that the server reads itself, so that no route has to state them. */
function headersOf(method: string, config: { idempotency?: string; ifMatch?: boolean } | undefined): object | undefined {
  if (method.includes('GET')) return undefined;
  const required = [...(config?.idempotency === 'required' ? ['Idempotency-Key'] : []), ...(config?.ifMatch ? ['If-Match'] : [])];
  return {
    type: 'object',
    properties: {
      ...(config?.idempotency !== undefined && { 'Idempotency-Key': { type: 'string', description: 'The same key and body give the same answer; another body is a conflict', maxLength: 255 } }),
      ...(config?.ifMatch && { 'If-Match': { type: 'string', description: 'The ETag that was read' } }),
      'X-Correlation-Id': { type: 'string', format: 'uuid' },
    },
    ...(required.length > 0 && { required }),
  };
}
