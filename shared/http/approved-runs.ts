import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyRequest, RouteOptions } from 'fastify';
import type { z } from 'zod';
import type { Actor } from '../events/definition.js';
import type { Principal } from './context.js';
import type { RouteAccess } from './route-access.js';
import type { HttpServer } from './route-module.js';

/** An approved command on its way through the server, in its requester's name. */
export interface ApprovedRun {
  readonly principal: Principal;
  readonly approver: Actor;
  /** The one under which the command was held back: it happens once, however often it is run. */
  readonly commandId: string;
  readonly correlationId: string;
}

export interface StoredCommand {
  readonly method: string;
  /** The route's template, such as /v1/customers/:id. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly ifMatch?: string | undefined;
}

export interface CommandRoute {
  readonly access: RouteAccess;
  readonly body: z.ZodType | undefined;
}

export interface RunAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Ticket {
  readonly method: string;
  readonly url: string;
  readonly run: ApprovedRun;
  taken: boolean;
}

/**
 * Sends stored commands through the server again, in this process. That a request is such a one stands nowhere in it: it is known from the
 * asynchronous context in which it was made, which nothing that comes over a socket is in. So there is nothing to forge, to log or to replay.
 */
export class ApprovedRuns {
  private readonly tickets = new AsyncLocalStorage<Ticket>();
  private readonly routes = new Map<string, CommandRoute>();
  private server: HttpServer | undefined;

  /** Before the server's routes are registered. */
  attach(server: HttpServer): void {
    this.server = server;
    server.addHook('onRoute', (route) => this.learn(route));
  }

  routeOf({ method, route }: Pick<StoredCommand, 'method' | 'route'>): CommandRoute | undefined {
    return this.routes.get(`${method} ${route}`);
  }

  /** The run that this very request is, once. */
  take(request: FastifyRequest): ApprovedRun | undefined {
    const ticket = this.tickets.getStore();
    if (!ticket || ticket.taken || ticket.method !== request.method || ticket.url !== request.url) return undefined;
    ticket.taken = true;
    return ticket.run;
  }

  async run(command: StoredCommand, run: ApprovedRun): Promise<RunAnswer> {
    const { method, body, ifMatch } = command;
    const url = urlOf(command);
    const headers = { 'x-correlation-id': run.correlationId, ...(ifMatch !== undefined && { 'if-match': ifMatch }), ...(body !== undefined && { 'content-type': 'application/json' }) };
    const answer = await this.tickets.run({ method, url, run, taken: false }, async () =>
      this.server!.inject({ method: method as 'POST', url, headers, ...(body !== undefined && { payload: JSON.stringify(body) }) }));
    return { status: answer.statusCode, body: answer.json() };
  }

  private learn({ method, url, config, schema }: RouteOptions): void {
    if (config?.access === undefined) return;
    for (const one of [method].flat()) this.routes.set(`${one} ${url}`, { access: config.access, body: schema?.body as z.ZodType | undefined });
  }
}

const urlOf = ({ route, params }: StoredCommand): string => route.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
