import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';

/** A library by its package's name, resolved or not. */
const library = (...names: string[]): string => `(^|node_modules/)(${names.join('|')})(/|$)`;

/** The folders that may touch a client library; everyone else goes through the port that lives there. */
const OWNERS: Readonly<Record<string, { libraries: string[]; owners: string[] }>> = {
  'event store': { libraries: ['@eventstore/db-client'], owners: ['shared/event-store', 'infra/event-store'] },
  'Kafka': { libraries: ['kafkajs'], owners: ['shared/event-bus', 'infra/kafka', 'examples'] },
  'Postgres': { libraries: ['pg', 'pg-cursor'], owners: ['shared/read-store', 'shared/testing', 'infra/postgres', 'infra/event-store', 'examples'] },
  'S3': { libraries: ['@aws-sdk/client-s3', '@aws-sdk/lib-storage'], owners: ['shared/blobs'] },
  'Redis': { libraries: ['ioredis'], owners: ['shared/cache', 'infra/redis'] },
};

/** `decider.ts` and the files it is divided into. */
const DECIDERS = '^services/([^/]+)/decide(r|-[^/.]*)\\.ts$';

/** What tests share: contract suites that every adapter must pass, and fixtures. */
const FOR_TESTS = '^shared/.*[/-](contract|fixture)[^/]*\\.ts$|/testing/';

/** How folders may depend on each other. Whatever the rule's name says is forbidden. */
export const IMPORT_RULES: readonly IForbiddenRuleType[] = [
  {
    name: 'a decider imports more than kernel, events and its own module',
    from: { path: DECIDERS },
    to: { pathNot: ['^shared/(kernel|events)/', '^services/$1/', '^(node:)?util$'] },
  },
  {
    name: 'a decider reaches input, output, time or another module, if only through what it imports',
    from: { path: DECIDERS },
    to: {
      path: [
        '^(projections|infra|load-tests|main)',
        '^shared/(?!kernel/|events/|access/|crypto/|records/|rules/|[^/]+/port\\.ts|http/(rejections|context)\\.ts)',
        '^services/[^/]+/(routes|processes|shard|store|repository)',
        library(...Object.values(OWNERS).flatMap(({ libraries }) => libraries), 'fastify', 'pino', 'prom-client'),
        '^(node:)?(fs|net|http|https|http2|tls|dgram|dns|child_process|cluster|worker_threads|timers|perf_hooks|os|process)(/|$)',
      ],
      reachable: true,
    },
  },
  {
    name: 'the language of rules imports more than the kernel and the schema library',
    from: { path: '^shared/rules/', pathNot: ['\\.test\\.ts$', '/testing/'] },
    to: { pathNot: ['^shared/(kernel|rules)/', library('zod')] },
  },
  { name: 'the write side imports the read side', from: { path: '^services/' }, to: { path: '^projections/' } },
  { name: 'the read side imports the write side', from: { path: '^projections/', pathNot: [FOR_TESTS] }, to: { path: '^services/' } },
  { name: 'shared imports a module', from: { path: '^shared/' }, to: { path: '^(services|projections)/' } },
  { name: 'the product imports the embedded parts', from: { path: '^(shared|services|projections)/', pathNot: ['\\.test\\.ts$', FOR_TESTS] }, to: { path: '^(infra|load-tests)/' } },
  { name: 'the product imports what is for tests', from: { pathNot: ['\\.test\\.ts$', '^shared/testing/', '^infra/', '^load-tests/', FOR_TESTS] },
    to: { path: ['^shared/testing/', '\\.test\\.ts$', FOR_TESTS, library('tap', 'fast-check')] } },
  { name: 'an example imports the bank, whose reader has nothing of it', from: { path: '^examples/' }, to: { path: '^(main|services|projections|shared|infra|load-tests)' } },
  { name: 'an import that leads nowhere', from: {}, to: { couldNotResolve: true } },
  ...Object.entries(OWNERS).map(([client, { libraries, owners }]): IForbiddenRuleType => ({
    name: `the ${client} client outside ${owners[0]}`,
    from: { pathNot: owners.map((owner) => `^${owner}/`) },
    to: { path: library(...libraries) },
  })),
];

/** Checks every TypeScript file below `folders` of `root`; one line per violation: `rule: from → to`. Type-only imports count as well. */
export const checkImports = async (root: string, folders: readonly string[]): Promise<string[]> => {
  const { output } = await cruise([...folders], {
    baseDir: root,
    ruleSet: { forbidden: [...IMPORT_RULES] },
    validate: true,
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
  }, {
    // Sources name the compiled file they import.
    extensionAlias: { '.js': ['.ts', '.js'] },
    extensions: ['.ts', '.js', '.json'],
    exportsFields: ['exports'],
    conditionNames: ['node', 'import', 'types'],
  });
  return (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();
};
