import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { internal } from '../../shared/access/classified.js';
import { seesRestricted } from '../../shared/access/rights.js';
import { CONTENT_TYPES, contentTypeSchema, DOCUMENT_KINDS, documentKindSchema } from '../../shared/events/documents/values.js';
import { commandResultSchema, done } from '../../shared/http/answers.js';
import { commandContext, hashOf } from '../../shared/http/command-context.js';
import { etagOf, requiredPrecondition } from '../../shared/http/conditional.js';
import { Refusal } from '../../shared/http/context.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../shared/http/cursor.js';
import { idParams } from '../../shared/http/id-params.js';
import { aboutParam, toldBy } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import { attachedSchema, documentParams, documentSchema, documentView, fileBody, removeBody } from './bodies.js';
import type { Documents } from './documents.js';
import { attachmentHeader, safeFileName, sentFileName } from './file-name.js';
import { documentRejections } from './rejections.js';
import type { Document } from './state.js';

const about = aboutParam('customer');
const tags = ['documents'];
const reads = { permission: 'documents.read', about } as const;

/** Files of customers: attached, scanned, read, removed. Answers come from the log itself. */
export function documentsModule(documents: Documents): RouteModule {
  async function known(request: FastifyRequest, { id, documentId }: z.output<typeof documentParams>): Promise<Document> {
    await refuseRestricted(request, id);
    const document = await documents.find(id, documentId);
    if (!document) throw new Refusal({ code: 'document_not_found' });
    return document;
  }

  async function refuseRestricted({ principal: { rights }, purpose }: FastifyRequest, id: string): Promise<void> {
    if (!seesRestricted(rights, purpose) && (await documents.isRestricted(id))) throw new Refusal({ code: 'document_restricted' });
  }

  return {
    name: 'documents',
    description: 'Documents of customers: files, sealed under the customer\'s key and scanned for malware before anybody may read them',
    rejections: documentRejections,
    routes(server) {
      server.addContentTypeParser([...CONTENT_TYPES], (request, content, done) => {
        const encoding = request.headers['content-encoding'];
        if (encoding !== undefined && !/^identity$/i.test(encoding)) return done(new Refusal({ code: 'media_type_unsupported', detail: 'the body must not be compressed' }), undefined);
        done(null, content);
      });

      server.post('/v1/customers/:id/documents', {
        config: { idempotency: 'honoured', sends: ['ETag', 'Location'], access: { permission: 'documents.add', about, runsAtOnce: true } },
        schema: {
          tags, summary: 'Attach a document', consumes: [...CONTENT_TYPES], params: idParams,
          description: 'The body is the file itself, its Content-Type one of those listed and what the file really is; its name comes as Content-Disposition: attachment; filename*=UTF-8\'\'…. '
            + 'It is scanned before anybody may read it: status says whether that has been done.',
          querystring: z.strictObject({ kind: documentKindSchema }), body: fileBody, response: { 201: attachedSchema },
        },
      }, async (request, reply) => {
        const contentType = contentTypeSchema.parse(request.headers['content-type']!.split(';', 1)[0]!.trim().toLowerCase());
        const { kind } = request.query;
        const fileName = safeFileName(sentFileName(request.headers['content-disposition']), contentType);
        const context = commandContext(request, undefined, {});
        const documentId = createdIdOf(context.commandId, 'document');
        const { revision, position, status } = await documents.attach(
          { customerId: request.params.id, documentId, kind, contentType, fileName, content: request.body as Readable },
          (contentHash) => ({ ...context, ...(context.repeatable && { commandHash: hashOf(request, { kind, contentType, fileName, contentHash }) }) }),
        );
        return reply.code(201).header('location', `/v1/customers/${request.params.id}/documents/${documentId}`).header('etag', etagOf(revision))
          .send({ id: documentId, revision: Number(revision), position: position.toString(), status });
      });

      server.get('/v1/customers/:id/documents', {
        config: { access: reads },
        schema: {
          tags, summary: 'A customer\'s documents, in the order in which they were attached', params: idParams,
          querystring: z.strictObject({ kind: documentKindSchema.optional(), limit: limitSchema, cursor: cursorSchema }),
          response: { 200: z.object({ items: z.array(documentSchema), nextCursor: nextCursorSchema }) },
        },
      }, async (request) => {
        const { id } = request.params;
        const { kind, limit = DEFAULT_LIMIT, cursor } = request.query;
        await refuseRestricted(request, id);
        const all = (await documents.list(id)).filter((document) => kind === undefined || document.kind === kind);
        const after = cursor === undefined ? undefined : decodeCursor(request, z.uuid(), cursor, { id, kind });
        const start = after === undefined ? 0 : all.findIndex((document) => document.id === after) + 1;
        const page = all.slice(start, start + limit);
        const last = start + limit < all.length ? page.at(-1) : undefined;
        return { items: page.map(documentView), ...(last && { nextCursor: encodeCursor(request, last.id, { id, kind }) }) };
      });

      server.get('/v1/customers/:id/documents/:documentId', {
        config: { sends: ['ETag'], access: reads }, schema: { tags, summary: 'What is known of a document', params: documentParams, response: { 200: documentSchema } },
      }, async (request, reply) => {
        const document = await known(request, request.params);
        return reply.header('etag', etagOf(document.revision)).send(documentView(document));
      });

      server.get('/v1/customers/:id/documents/:documentId/content', {
        config: { access: reads },
        schema: {
          tags, summary: 'The file', params: documentParams, produces: [...CONTENT_TYPES],
          description: 'Only of a document that was found clean, and only to whom its class of data is shown in clear.',
          response: { 200: internal(z.custom<Readable>()).meta({ type: 'string', format: 'binary' }) },
        },
      }, async (request, reply) => {
        const document = await known(request, request.params);
        refuseHidden(request, document);
        const content = Readable.from(await documents.read(document), { objectMode: false });
        // Also where something else is answered in its place.
        reply.raw.once('close', () => content.destroy());
        const told = toldBy(request);
        told.customers.add(document.customerId);
        told.clear.add(DOCUMENT_KINDS[document.kind]);
        const { contentType, size } = document;
        return reply
          .header('content-type', contentType === 'text/plain' ? 'text/plain; charset=utf-8' : contentType)
          .header('content-length', size)
          .header('content-disposition', attachmentHeader(document.status === 'erased' ? 'document' : document.fileName))
          .header('content-security-policy', 'sandbox; default-src \'none\'')
          .send(content);
      });

      server.post('/v1/customers/:id/documents/:documentId/remove', {
        config: { idempotency: 'honoured', ifMatch: true, sends: ['ETag'], access: { permission: 'documents.remove', about } },
        schema: { tags, summary: 'Remove a document; its content is destroyed', params: documentParams, body: removeBody, response: { 200: commandResultSchema } },
      }, async (request, reply) => {
        const { id: customerId, documentId } = request.params;
        const { revision, position } = await documents.remove({ customerId, documentId, reason: request.body.reason, precondition: requiredPrecondition(request) }, commandContext(request));
        return done(reply, { id: documentId, revision, position });
      });
    },
  };
}

/** Masking a file is not possible: it is shown whole, or not at all. */
function refuseHidden(request: FastifyRequest, { kind }: Document): void {
  if (request.views[DOCUMENT_KINDS[kind]] !== 'clear') throw new Refusal({ code: 'field_hidden', detail: 'what such a document tells is not shown to you in clear' });
}
