import { z } from 'zod';
import { internal } from '../../../shared/access/classified.js';
import type { Permission } from '../../../shared/access/permissions.js';
import { Refusal } from '../../../shared/http/context.js';
import { idParams } from '../../../shared/http/id-params.js';
import { defineRejections } from '../../../shared/http/rejections.js';
import { aboutParam } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import type { RouteCase } from './route-case.js';
import { UNKNOWN } from './world.js';

const permission = 'customers.read' satisfies Permission;

/** The control: a module that asks the bank as somebody who may do everything, and tells what it was told. */
export const leakingModule = (token: string): RouteModule => ({
  name: 'leaking',
  description: 'Leaks',
  rejections: defineRejections([{ code: 'leak_not_found', status: 404, title: 'No such customer' }]),
  routes(server) {
    const asBank = (id: string) => server.inject({ url: `/v1/customers/${id}`, headers: { authorization: `Bearer ${token}` } });

    server.get('/v1/leaks/:id/note', {
      config: { access: { permission, about: aboutParam('customer') } }, schema: { params: idParams, response: { 200: z.object({ note: internal(z.string()) }) } },
    }, async ({ params }) => ({ note: Buffer.from((await asBank(params.id)).payload).toString('base64url') }));

    server.get('/v1/leaks/:id/standing', {
      config: { access: { permission } }, schema: { params: idParams, response: { 200: z.object({}) } },
    }, async ({ params }) => {
      const { statusCode } = await asBank(params.id);
      throw new Refusal({ code: statusCode === 200 ? 'outside_scope' : 'leak_not_found' });
    });
  },
});

const ofCustomers: Partial<RouteCase> = { permission, targets: ({ customers }) => customers, unknown: UNKNOWN };

export const leakingCases: readonly RouteCase[] = [
  { route: 'GET /v1/leaks/{id}/note', ...ofCustomers },
  { route: 'GET /v1/leaks/{id}/standing', ...ofCustomers, neverGood: 'it only refuses' },
];
