import { Ajv2020 } from 'ajv/dist/2020.js';
import fastify from 'fastify';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'tap';
import { addHealthRoutes } from '../../shared/http/health.js';
import type { HttpServer } from '../../shared/http/route-module.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { checkoutRoot } from '../checkout.js';
import { ROLE_NAMES } from '../roles/role-command.js';
import { deploymentFaults } from './deployment.js';
import { compose, deployedByCompose, deployedByKubernetes, dockerfile, kustomization, manifestFiles, manifests, workloads } from './deployment-files.js';

const require = createRequire(import.meta.url);
const schemaIn = (name: string) => require(path.join(checkoutRoot, 'infra', 'checks', 'schemas', name)) as Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a schema
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
const kubernetes = schemaIn('kubernetes.json');
ajv.addSchema({ $defs: kubernetes['$defs'] }, 'kubernetes');
const faultsOf = (schema: object, document: unknown): string[] => {
  const validate = ajv.compile(schema);
  return validate(document) ? [] : validate.errors!.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
};
const composeSchema = schemaIn('compose.json');
const kindSchema = ({ apiVersion, kind }: { apiVersion?: string; kind?: string }): object => {
  const found = kubernetes['kinds'][`${apiVersion}/${kind}`] as { $ref: string } | undefined;
  if (found === undefined) throw new Error(`no schema of ${apiVersion}/${kind}`);
  return { $ref: `kubernetes${found.$ref}` };
};

const settings = Object.fromEntries((kustomization()['configMapGenerator'] as { literals?: string[] }[]).flatMap(({ literals = [] }) => literals.map((line) => line.split('=') as [string, string])));
const server = fastify() as unknown as HttpServer;
addHealthRoutes(server, {}, createMetrics());
const routes = ['/health/live', '/health/ready', '/metrics'].filter((url) => server.hasRoute({ method: 'GET', url }));
const bank = { roles: ROLE_NAMES, routes };
const inKubernetes = (documents = manifests()) => deployedByKubernetes(documents, settings);

test('compose.yaml is what the specification allows, and runs this bank', async (t) => {
  t.same(faultsOf(composeSchema, compose()), []);
  t.same(deploymentFaults(deployedByCompose(compose()), bank), []);
  const told = readFileSync(path.join(checkoutRoot, 'infra', 'compose.yaml'), 'utf8').match(/\$\{[^}]*\}/g)!;
  t.same(told.filter((one) => !/^\$\{\w+:\?\}$/.test(one)), [], 'nothing that must be told has a default');
});

test('the manifests are what Kubernetes takes, and run this bank', async (t) => {
  for (const document of manifests()) t.same(faultsOf(kindSchema(document), document), [], `${document['kind']} ${document['metadata'].name}`);
  t.same(deploymentFaults(inKubernetes(), bank), []);
  t.same([...kustomization()['resources']].sort(), manifestFiles(), 'kustomization.yaml names every file');
});

test('the parts of the manifests fit each other', async (t) => {
  const documents = manifests();
  const apps = new Set(workloads(documents).map(({ spec }) => spec.template.metadata.labels.app as string));
  const named = JSON.stringify(documents).matchAll(/"app":"([\w-]+)"/g);
  t.same(new Set([...named].map(([, app]) => app)), apps, 'every selector selects something');
  const namesOf = (kind: string): string[] => documents.filter((one) => one['kind'] === kind).map((one) => one['metadata'].name as string);
  t.same(new Set(namesOf('PodDisruptionBudget')), apps);
  t.same(new Set([...JSON.stringify(documents).matchAll(/"claimName":"([\w-]+)"/g)].map(([, name]) => name)), new Set(namesOf('PersistentVolumeClaim')));
  t.match(documents.find((one) => one['metadata'].name === 'nothing'), { spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: undefined, egress: undefined } });
  const versions = (images: string[]): string[] => [...new Set(images)].sort();
  t.same(versions(deployedByCompose(compose()).map(({ image }) => image)), versions(inKubernetes().map(({ image }) => image)), 'one version of everything');
  t.match(readFileSync(path.join(checkoutRoot, 'infra', 'kafka', 'pom.xml'), 'utf8'), `<version>${/apache\/kafka:([\d.]+)/.exec(JSON.stringify(documents))?.[1]}</version>`, 'the Kafka that is tested');
  t.same(new Set(dockerfile().match(/^FROM \S+/gm)).size, 1);
  t.match(dockerfile(), /^FROM node:20\.\d+\.\d+-/m);
  t.match(dockerfile(), /^USER 1000:1000$/m);
});

test('control: each fault is found', async (t) => {
  const faults = (change: (api: Record<string, any>) => void): string[] => { // eslint-disable-line @typescript-eslint/no-explicit-any -- a manifest
    const documents = structuredClone(manifests());
    change(documents.find((one) => one['kind'] === 'StatefulSet' && one['metadata'].name === 'api')!['spec'].template.spec.containers[0]);
    return deploymentFaults(inKubernetes(documents), bank);
  };
  const tell = (name: string, value: string) => faults(({ env }) => env.push({ name, value }));
  t.same(tell('PASSBOOK_HTP_PORT', '1'), ['kubernetes api: PASSBOOK_HTP_PORT is not a variable of Passbook; did you mean PASSBOOK_HTTP_PORT?']);
  t.same(tell('PASSBOOK_HTTP_PORT', '8090'), Array(3).fill('').map((_, i) => `kubernetes api: https :8080/health/${i < 2 ? 'live' : 'ready'} is not where it answers`));
  t.same(tell('PASSBOOK_REDIS_URL', 'redis://:x@redis:6379'), [
    'kubernetes api: PASSBOOK_REDIS_URL stands in clear', 'kubernetes api: PASSBOOK_REDIS_URL must begin with rediss://: PASSBOOK_TLS_CA_FILE is set: nothing goes over the network in plain text',
  ]);
  t.same(tell('PASSBOOK_BOOTSTRAP_TOKEN', 'x'.repeat(16)), ['kubernetes api: PASSBOOK_BOOTSTRAP_TOKEN stands in clear', 'kubernetes api: bootstrapToken is told']);
  t.same(faults((api) => (api['args'] = ['role', 'apis'])).slice(0, 2), ['the role api is not run', 'kubernetes api: there is no role role apis']);
  t.same(faults((api) => (api['image'] = 'passbook:latest')), ['kubernetes api: passbook:latest names no version']);
  t.same(faults((api) => (api['readinessProbe'].httpGet.path = '/healthz')), ['kubernetes api: https :8080/healthz is not where it answers']);
  t.same(faults((api) => (api['securityContext'].readOnlyRootFilesystem = false)), ['kubernetes api: lacks a read-only root file system']);
  t.match(faultsOf(composeSchema, { services: { api: { image: 1 } } }), [/api\/image must be string/]);
  t.match(faultsOf(kindSchema({ apiVersion: 'v1', kind: 'Service' }), { apiVersion: 'v1', kind: 'Service', metadata: {}, spec: { port: [] } }), [/must NOT have additional properties .*"port"/]);
});
