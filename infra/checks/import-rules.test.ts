import { readFileSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test, type Test } from 'tap';
import { checkoutRoot } from '../checkout.js';
import { checkImports, IMPORT_RULES } from './import-rules.js';

test('this checkout keeps the import rules', async (t) => {
  const { include } = JSON.parse(readFileSync(path.join(checkoutRoot, 'tsconfig.json'), 'utf8')) as { include: string[] };
  const folders = include.filter((name) => readdirSync(checkoutRoot).includes(name));
  t.same(await checkImports(checkoutRoot, folders), []);
});

interface Folder { [name: string]: string | Folder }

/** A tree with exactly these files; those imported but not named are there and empty. */
const violations = async (t: Test, files: Record<string, string>): Promise<string[]> => {
  const tree: Folder = {};
  const targets = Object.entries(files).flatMap(([from, text]) =>
    [...text.matchAll(/'(\.[^']+)\.js'/g)].map(([, to]) => [path.normalize(path.join(path.dirname(from), `${to}.ts`)), 'export const x = 1;'] as const));
  for (const [file, text] of [...targets.filter(([file]) => !file.includes('absent')), ...Object.entries(files)]) {
    const parts = file.split('/');
    const folder = parts.slice(0, -1).reduce<Folder>((at, part) => (at[part] ??= {}) as Folder, tree);
    folder[parts.at(-1) ?? ''] = text;
  }
  const dir = t.testdir(tree);
  symlinkSync(path.join(checkoutRoot, 'node_modules'), path.join(dir, 'node_modules'));
  return checkImports(dir, Object.keys(tree));
};

const DECIDER = 'services/ledger/decider.ts';

const forbidden: [rule: string, from: string, text: string][] = [
  ['a decider imports', DECIDER, "import { Pool } from 'pg';"],
  ['a decider imports', DECIDER, "import { readFileSync } from 'node:fs';"],
  ['a decider reaches', DECIDER, "import { setTimeout } from 'node:timers/promises';"],
  ['a decider reaches', DECIDER, "import type { Handler } from './routes.js';"],
  ['a decider reaches', 'services/ledger/decide-holds.ts', "import './late.js'; "],
  ['a decider imports', DECIDER, "import type { State } from '../customers/state.js';"],
  ['a decider imports', 'services/ledger/decide-holds.ts', "import { now } from '../../shared/lifecycle/clock.js';"],
  ['the language of rules imports', 'shared/rules/evaluate.ts', "import type { Row } from '../read-store/store.js';"],
  ['the write side imports', 'services/customers/routes.ts', "import type { Row } from '../../projections/customers/queries.js';"],
  ['the read side imports', 'projections/customers/queries.ts', "export * from '../../services/customers/state.js';"],
  ['shared imports a module', 'shared/http/server.ts', "import { routes } from '../../services/customers/routes.js';"],
  ['shared imports a module', 'shared/http/server.ts', "const routes = await import('../../projections/customers/routes.js');"],
  ['the product imports the embedded', 'shared/read-store/store.ts', "import { startPostgres } from '../../infra/postgres/postgres.js';"],
  ['the product imports what is for tests', 'services/ledger/shard.ts', "import { eventually } from '../../shared/testing/eventually.js';"],
  ['the product imports what is for tests', 'services/relay/relay.ts', "import { busContract } from '../../shared/event-bus/contract.js';"],
  ['the product imports what is for tests', 'shared/kernel/money.ts', "import fc from 'fast-check';"],
  ['an import that leads nowhere', 'shared/kernel/ids.ts', "import { x } from './absent.js';"],
  ['the event store client', 'services/ledger/shard.ts', "import { EventStoreDBClient } from '@eventstore/db-client';"],
  ['an example imports the bank', 'examples/consumer/consumer.ts', "import { money } from '../../shared/kernel/money.js';"],
  ['the Kafka client', 'services/relay/relay.ts', "import type { Producer } from 'kafkajs';"],
  ['the Postgres client', 'projections/customers/queries.ts', "import pg from 'pg';"],
  ['the S3 client', 'services/documents/documents.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
  ['the Redis client', 'shared/http/limits.ts', "import { Redis } from 'ioredis';"],
];

test('each rule finds what it forbids', async (t) => {
  for (const [rule, from, text] of forbidden) {
    const found = await violations(t, { [from]: text, ...(text.includes('late') && { 'services/ledger/late.ts': "import { schedule } from '../../shared/lifecycle/clock.js';" }) });
    t.ok(found.some((line) => line.startsWith(rule) && line.includes(from)), `${rule}: ${from}: ${text}`, { found });
  }
  t.same(IMPORT_RULES.filter(({ name }) => !forbidden.some(([rule]) => name?.startsWith(rule))), [], 'every rule has an example');
});

test('what the rules allow is not found', async (t) => {
  t.same(await violations(t, {
    [DECIDER]: "import { accept } from '../../shared/kernel/decision.js'; import type { E } from '../../shared/events/ledger/events.js'; import './commands.js'; import './state.js'; import './rejections.js'; import './decide-holds.js'; import './posting.js';",
    'shared/event-bus/contract.ts': "import { test } from 'tap'; import { eventually } from '../testing/eventually.js';",
    'shared/event-bus/in-process.test.ts': "import './contract.js';",
    'services/ledger/decider.test.ts': "import { test } from 'tap'; import fc from 'fast-check'; import './decider.js';",
    'shared/event-bus/kafka.ts': "import kafkajs from 'kafkajs';",
    'shared/cache/redis.ts': "import { Redis } from 'ioredis';",
    'shared/read-store/pool.ts': "import pg from 'pg';",
    'shared/event-store/client.ts': "import { EventStoreDBClient } from '@eventstore/db-client';",
    'main.ts': "import './services/ledger/decider.js'; import './shared/cache/redis.js';",
  }), []);
});
