import { compileErrors, validate } from '@readme/openapi-parser';
import { pino } from 'pino';
import t from 'tap';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { everyModule } from './testing/every-module.js';

type Answer = { content?: { 'application/json': { schema: { $ref?: string; properties?: object } } } };
type Operation = { operationId: string; 'x-permission'?: string; security?: object[]; responses: Record<string, object> };

/** Every module's routes; nothing behind them is asked. */
async function description(): Promise<{ paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, { properties?: object }> } }> {
  const server = await buildServer({
    modules: everyModule(),
    authenticate: () => bootstrapPrincipal, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
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

/** What an answer may tell when the command is run later, in somebody else's hands: whatever else it told would be lost, and a secret must not be kept. */
const TELLS = ['accountNumber', 'id', 'items', 'lines', 'openingId', 'position', 'revision'];
/** Never held: public ones, those of one's own, those that decide, those that show a secret, files, and trying a rule, which changes nothing. */
const AT_ONCE = [/ \/v1\/(customers|accounts)\/\{id\}\/unmask$/, /^(put|post|delete|patch) \/v1\/(sign-in|sign-out|sessions|factors|password|passkeys|invitations|first-administrator)/, /^(post|delete) \/v1\/my\//, /^(post|delete) \/v1\/customers\/\{id\}\/(enrolment|sessions)$/, /^post \/v1\/approvals\//, /^post \/v1\/risk\/rules\/\{id\}\/backtests$/, /^post \/v1\/risk\/webhooks\/\{id\}\/(ping|secret)$/, /^post \/v1\/marketing\/(segments|rfm)\/preview$/, /^post \/v1\/events\/unseal$/, /^post \/v1\/customers\/\{id\}\/documents$/, /^post \/v1\/clients\/\{id\}\/keys$/, /^post \/v1\/staff\/\{id\}\/invitation$/];

t.test('every command says that it may wait for approval, but those that show a secret or decide', async (t) => {
  const { paths, components } = await description();
  const commands = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([method]) => method !== 'get').map(([method, operation]) => ({ name: `${method} ${path}`, responses: operation.responses as Record<string, Answer>, isSearch: path.endsWith('search') })));
  const holdable = commands.filter(({ responses }) => responses['202'] !== undefined);
  t.same(commands.filter((one) => !holdable.includes(one) && !one.isSearch && !AT_ONCE.some((known) => known.test(one.name))).map(({ name }) => name), [], 'the others are known');
  for (const { name, responses } of holdable) {
    const told = Object.entries(responses).filter(([status]) => /^20[01]$/.test(status)).flatMap(([, answer]) => {
      const schema = answer.content?.['application/json'].schema;
      return Object.keys((schema?.$ref === undefined ? schema : components.schemas[schema.$ref.split('/').at(-1)!])?.properties ?? {});
    });
    t.ok(told.includes('id') && told.includes('position') || told.includes('items'), `${name} tells what became of it`);
    t.same(told.filter((member) => !TELLS.includes(member)), [], name);
    t.notOk(AT_ONCE.some((known) => known.test(name)), `${name} may wait`);
  }
  t.ok(holdable.some(({ name }) => name === 'post /v1/transfers'));
});
