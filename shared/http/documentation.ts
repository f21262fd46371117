import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { HttpServer, RouteModule } from './route-module.js';

/** Registered for its id: the documentation refers to it as #/components/schemas/Problem. */
export const problemSchema = z
  .object({
    type: z.string().meta({ examples: ['urn:passbook:problem:request_invalid'] }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; docs/errors.md lists all' }),
    detail: z.string().optional(),
    instance: z.string().optional().meta({ description: 'Names this very request, as does X-Correlation-Id' }),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional()
      .meta({ description: 'Every fault at once. pointer: RFC 6901 into the body, "?name", "header:name" or "path:name"' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

const toJsonSchema = createJsonSchemaTransform({ skipList: [] });
const problemResponse = { description: 'A problem', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };

/** OpenAPI 3.1 at /openapi.json and a page at /docs, whose files come from this server: it works offline. */
export async function addDocumentation(server: HttpServer, modules: readonly RouteModule[]): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Passbook', version: '1', description: 'Core-banking CRM. Amounts are exact decimals; every refusal is a problem with a stable code.' },
      tags: modules.map(({ name, description }) => ({ name, description })),
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
    transform: (document) => {
      const { schema, url } = toJsonSchema(document);
      if (schema && !('hide' in schema && schema.hide)) {
        const shown = schema as { response?: Record<string, unknown>; headers?: unknown };
        shown.response = { ...shown.response, default: problemResponse };
        const headers = headersOf(document.route.method.toString(), document.route.config);
        if (headers) shown.headers = headers;
      }
      return { schema, url };
    },
    transformObject: jsonSchemaTransformObject,
  });
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, logLevel: 'silent' });
}

/** Headers that the server reads itself, so that no route has to state them. */
function headersOf(method: string, config: { idempotency?: string; ifMatch?: boolean } | undefined): object | undefined {
  if (method.includes('GET')) return undefined;
  const required = [...(config?.idempotency === 'required' ? ['Idempotency-Key'] : []), ...(config?.ifMatch ? ['If-Match'] : [])];
  return {
    type: 'object',
    properties: {
      'Idempotency-Key': { type: 'string', description: 'The same key and body give the same answer; another body is a conflict', maxLength: 255 },
      ...(config?.ifMatch && { 'If-Match': { type: 'string', description: 'The ETag that was read' } }),
      'X-Correlation-Id': { type: 'string', format: 'uuid' },
    },
    ...(required.length > 0 && { required }),
  };
}
