import { randomUUID } from 'node:crypto';
import fastify, { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { z } from 'zod';
import { everythingClear } from '../access/data-classes.js';
import { nothingTold, tellOf, type Told } from '../access/told.js';
import type { TlsMaterial } from '../tls/tls-files.js';
import { createMetrics, type Metrics } from '../telemetry/metrics.js';
import type { Traces } from '../telemetry/traces.js';
import type { AccessLog } from './access-record.js';
import { holdForApproval, type ApprovalGate } from './approval-gate.js';
import type { Authenticate } from './authentication.js';
import { addBodyParsers } from './body-parsers.js';
import { Refusal, type Principal } from './context.js';
import { addDocumentation } from './documentation.js';
import { limitConnections, type ConnectionLimits } from './connection-limits.js';
import { addHealthRoutes, type HealthChecks } from './health.js';
import { answerClientError } from './malformed-http.js';
import { createProblems, type ToProblem } from './problems.js';
import { addQuerySchema, waitForPosition, type ReadWait } from './read-your-writes.js';
import { lacksName, rememberMethods } from './route-methods.js';
import type { HttpServer, RouteModule } from './route-module.js';
import { addRequestDeadline } from './request-deadline.js';
import { refuseFaults } from './request-faults.js';
import type { RequestLimits } from './request-limits.js';
import { recordAccesses } from './record-accesses.js';
import { addRequestLog } from './request-log.js';
import { addRequestTraces } from './request-traces.js';
import { checkOwn, checkPermission, checkTarget, declareAccess, shownTo, type FindTarget } from './route-access.js';
import { securityHeaders } from './security-headers.js';
import { trusts } from './trusted-proxies.js';
import { validatorCompiler } from './validation.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** No authentication: health, metrics and the documentation. */
    readonly public?: boolean;
    /** A change that asks for If-Match; for the documentation. */
    readonly ifMatch?: boolean;
  }
}

export interface ServerOptions {
  readonly modules: readonly RouteModule[];
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Keys the hash by which a reused idempotency key is told from a repeat: `vault.secret('command')`. */
  readonly commandSecret: Buffer;
  readonly readWait: ReadWait;
  /** Whose a record is, for principals whose rights do not reach all. */
  readonly findTarget: FindTarget;
  /** Which commands wait for somebody's approval; none where absent. */
  readonly approvals?: ApprovalGate;
  /** Told of every read and refusal before it is answered. */
  readonly accessLog: AccessLog;
  readonly checks: HealthChecks;
  readonly metrics?: Metrics;
  /** Who is told of requests, where traces are wanted. */
  readonly traces?: Traces;
  /** Largest body in bytes; 1 MiB where absent. */
  readonly bodyLimit?: number;
  /** How long a client may take to send a request, and a handler to answer it. 30 s where absent. */
  readonly requestTimeoutMs?: number;
  /** How many requests one address or principal may send; without any where absent. */
  readonly limits?: RequestLimits;
  readonly connectionLimits?: ConnectionLimits;
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed; nobody's where absent. */
  readonly trustedProxies?: readonly string[];
  /** HTTPS. */
  readonly tls?: ListenerTls;
}

export interface ListenerTls {
  readonly material: TlsMaterial;
  /** Whoever connects must show a certificate of the same authority. */
  readonly clientCertificates: 'none' | 'required';
}

/** More than any client of ours sends. */
const MOST_HEADERS = 100;
const HEADERS_WITHIN_MS = 10_000;

/** The HTTP server, ready to `inject` or `listen`. Production and tests build the same one. */
export async function buildServer(options: ServerOptions): Promise<HttpServer> {
  const {
    modules, authenticate, logger, now, commandSecret, readWait, findTarget, accessLog, approvals, checks, metrics = createMetrics(), requestTimeoutMs = 30_000, limits, trustedProxies = [], tls,
  } = options;
  const headers = securityHeaders({ https: tls !== undefined });
  const answerWith = (toProblem: ToProblem) => (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, retryAfterSeconds, body } = toProblem(error, `urn:uuid:${request.id}`);
    request.refusedAs = body.code;
    request.told = toldByProblem(request, body);
    if (status >= 500) request.log[body.code === 'internal' ? 'error' : 'warn']({ err: error, code: body.code }, 'request failed');
    if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
    if (status === 408) reply.header('connection', 'close');
    if (status === 401) reply.header('www-authenticate', `Bearer realm="passbook"${request.headers.authorization === undefined ? '' : ', error="invalid_token"'}`);
    return reply.code(status).headers(headers).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(body));
  };
  const toPlatformProblem = createProblems([]);
  const answerProblem = answerWith(toPlatformProblem);

  const clocks = { connectionsCheckingInterval: Math.min(requestTimeoutMs, 5_000), headersTimeout: Math.min(requestTimeoutMs, HEADERS_WITHIN_MS) };
  const server = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }),
    genReqId: (raw) => correlationIdOf(raw.headers['x-correlation-id']),
    bodyLimit: options.bodyLimit ?? 1_048_576,
    requestTimeout: requestTimeoutMs,
    ...(tls === undefined ? { http: clocks } : { https: { ...clocks, ...listenerOptions(tls), handshakeTimeout: clocks.headersTimeout } }),
    ...(trustedProxies.length > 0 && { trustProxy: [...trustedProxies] }),
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: false, // it would be no problem of ours, and without our headers
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    frameworkErrors: (error, request, reply) => void answerProblem(error, request as unknown as FastifyRequest, reply as unknown as FastifyReply),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, toPlatformProblem, headers),
  } as FastifyServerOptions).withTypeProvider<ZodTypeProvider>() as unknown as HttpServer;

  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(answerProblem);
  addBodyParsers(server);
  server.decorateRequest('principal');
  server.decorateRequest('receivedAt');
  server.decorateRequest('purpose');
  server.decorateRequest('views');
  server.decorateRequest('approvedRun');
  approvals?.runs.attach(server);
  server.decorateRequest('reason');
  server.decorateRequest('told');
  server.decorateRequest('commandSecret', { getter: () => commandSecret });
  server.decorateRequest('findTarget', { getter: () => findTarget });

  let isClosing = false;
  server.addHook('preClose', async () => void (isClosing = true));
  const notFound = rememberMethods(server);
  server.setNotFoundHandler((request, reply) => answerProblem(notFound(request, reply), request, reply));
  addRequestTraces(server, options.traces);
  addRequestLog(server, metrics);
  recordAccesses(server, accessLog, (request) => toPlatformProblem(new Refusal({ code: 'outage', detail: 'the access cannot be recorded now' }), `urn:uuid:${request.id}`));
  addRequestDeadline(server, requestTimeoutMs);
  server.addHook('onRequest', async (request, reply) => {
    request.receivedAt = now();
    reply.headers(headers).header('x-correlation-id', request.id);
    if (isClosing) throw new Refusal({ code: 'outage', detail: 'this process is stopping' });
    if (request.raw.rawHeaders.length > 2 * MOST_HEADERS) throw new Refusal({ code: 'headers_too_large', detail: `more than ${MOST_HEADERS} headers` });
    const open = isPublic(request);
    request.approvedRun = open ? undefined : approvals?.runs.take(request);
    if (request.approvedRun === undefined) await limits?.arrives(request, open);
    if (open) return;
    if (lacksName(request)) throw new Refusal({ code: 'route_not_found' });
    request.principal = request.approvedRun?.principal ?? (await authenticated(request));
    if (request.approvedRun === undefined) await limits?.known(request);
    checkPermission(request);
  });
  limits?.watch(server);
  const authenticated = async (request: FastifyRequest): Promise<Principal> => {
    try {
      return await authenticate(request);
    } catch (error) {
      limits?.unknown(request);
      throw error;
    }
  };
  server.addHook('onRoute', (route) => {
    if (isDocumentation(route.url)) return;
    addQuerySchema(route);
    if (route.config?.public !== true) declareAccess(route);
    route.attachValidation = true; // refuseFaults answers
  });
  server.addHook('preHandler', async (request, reply) => {
    refuseFaults(request);
    await waitForPosition(request, readWait);
    await checkTarget(request, findTarget);
    await checkOwn(request);
    return approvals && holdForApproval(approvals, request, reply);
  });
  server.addHook('preSerialization', async (request, _reply, payload) => shownTo(request, payload));

  await addDocumentation(server, modules);
  await server.register(async (scope) => {
    addHealthRoutes(scope as HttpServer, checks, metrics);
    scope.get('/openapi.json', { config: { public: true }, schema: { hide: true } }, async () => server.swagger());
  });
  for (const module of modules) {
    const toProblem = createProblems(module.rejections);
    await server.register(async (scope) => {
      scope.setErrorHandler(answerWith(toProblem));
      scope.addHook('onRoute', (route) => void (route.config = { ...route.config, module }));
      module.routes(scope as HttpServer);
    });
  }
  if (options.connectionLimits) limitConnections(server.server, options.connectionLimits, trusts(trustedProxies));
  await server.ready();
  return server;
}

/** Node's options of an HTTPS listener. */
export const listenerOptions = ({ material, clientCertificates }: ListenerTls) =>
  ({ ...material, requestCert: clientCertificates === 'required', rejectUnauthorized: clientCertificates === 'required' });

/** A refusal may name customers, as one for a duplicate does. */
function toldByProblem({ routeOptions }: FastifyRequest, body: Readonly<Record<string, unknown>> & { readonly code: string }): Told | undefined {
  const shape = routeOptions.config?.module?.problemMembers?.[body.code];
  const tell = shape && tellOf(z.object(shape));
  if (tell === undefined) return undefined;
  const told = nothingTold();
  tell(body, everythingClear, told);
  return told;
}

const isDocumentation = (url: string | undefined): boolean => url !== undefined && /^\/docs(\/|$)/.test(url);
const isPublic = (request: FastifyRequest): boolean =>
  request.is404 || request.routeOptions.config.public === true || isDocumentation(request.routeOptions.url);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const correlationIdOf = (header: string | string[] | undefined): string =>
  typeof header === 'string' && UUID.test(header) ? header.toLowerCase() : randomUUID();
