import { compileErrors, validate } from '@readme/openapi-parser';
import { pino } from 'pino';
import t from 'tap';
import { customerQueryRoutes } from '../../projections/customers/routes.js';
import { ledgerQueryRoutes } from '../../projections/ledger/routes.js';
import { customersModule } from '../../services/customers/routes.js';
import { accessModule } from '../../services/access/routes.js';
import { signInModule } from '../../services/access/sign-in/routes.js';
import { ledgerModule } from '../../services/ledger/routes.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { buildServer } from '../../shared/http/server.js';

type Operation = { operationId: string; 'x-permission'?: string; security?: object[]; responses: Record<string, object> };

/** Every module's routes; nothing behind them is asked. */
async function description(): Promise<{ paths: Record<string, Record<string, Operation>>; components: { schemas: object } }> {
  const server = await buildServer({
    modules: [customersModule({ now: () => new Date(), timeZone: 'UTC' } as never), customerQueryRoutes({} as never), ledgerModule({} as never), ledgerQueryRoutes({} as never), accessModule({} as never), signInModule({} as never)],
    authenticate: () => bootstrapPrincipal, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, checks: {},
  });
  const document = (await server.inject('/openapi.json')).json();
  await server.close();
  return document;
}

t.test('the bank\'s description is sound OpenAPI 3.1, from which clients can be generated', async (t) => {
  const document = await description();
  const result = await validate(structuredClone(document) as never);
  t.ok(result.valid, result.valid ? 'valid' : compileErrors(result));
  const broken = structuredClone(document) as { paths: Record<string, Record<string, { responses: unknown }>> };
  broken.paths['/v1/transfers']!['post']!.responses = [];
  t.notOk((await validate(broken as never)).valid, 'control: the validator finds what is wrong');
});

t.test('every operation has a name of its own, a permission or none to need, and says how it fails', async (t) => {
  const { paths, components } = await description();
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })));
  t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length);
  for (const { name, operation } of operations) {
    t.equal(operation['x-permission'] === undefined, operation.security?.length === 0, name);
    if (!/ \/(health|metrics)/.test(name)) t.ok(operation.responses['400'] && operation.responses['500'] && operation.responses['503'], name);
  }
  const text = JSON.stringify({ paths, components });
  for (const name of Object.keys(components.schemas)) t.match(text, `#/components/schemas/${name}"`, `${name} is used`);
  t.notMatch(Object.keys(components.schemas).join(' '), /Shown|Envelope|ImportMapping/);
});
