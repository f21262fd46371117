import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { checkoutRoot } from '../checkout.js';

type Json = Readonly<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any -- documents, checked against their schemas first

/** A program as one of the files would run it, whichever it is. */
export interface Deployed {
  readonly where: string;
  readonly image: string;
  /** After the image's own entry point. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Told in clear, not by reference. */
  readonly inClear: readonly string[];
  readonly probes: readonly { readonly path: string; readonly port: number; readonly tls: boolean }[];
  readonly hardened: readonly string[];
}

const kubernetesFolder = path.join(checkoutRoot, 'infra', 'kubernetes');
const read = (...at: string[]): string => readFileSync(path.join(checkoutRoot, 'infra', ...at), 'utf8');

export const compose = (): Json => parse(read('compose.yaml'), { merge: true }) as Json;
export const kustomization = (): Json => parse(read('kubernetes', 'kustomization.yaml')) as Json;
export const manifestFiles = (): string[] => readdirSync(kubernetesFolder).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml').sort();
export const manifests = (): Json[] => manifestFiles().flatMap((name) => parseAllDocuments(read('kubernetes', name)).map((document) => document.toJS() as Json));
export const dockerfile = (): string => read('Dockerfile');

/** What stands for a secret or a setting that is told elsewhere. */
const TOLD: Readonly<Record<string, string>> = {
  'event-store-url': 'esdb://admin:told@event-store-0.event-store:2113', 'postgres-url': 'postgres://passbook:told@postgres.passbook.svc.cluster.local/postgres',
  'redis-url': 'rediss://:told@redis:6379', BANK_PUBLIC_URL: 'https://bank.example', BANK_NOTARY_ORIGIN: 'bank.example/log',
};

export function deployedByCompose({ services }: Json): Deployed[] {
  return Object.entries(services as Record<string, Json>).map(([name, service]) => {
    const environment = Object.entries((service['environment'] ?? {}) as Record<string, unknown>).map(([key, value]) => [key, String(value)] as const);
    const [, port, at] = /https:\/\/localhost:(\d+)(\/[\w/]*)/.exec(JSON.stringify(service['healthcheck'] ?? {})) ?? [];
    return {
      where: `compose ${name}`, image: service['image'], words: service['command'] ?? [],
      environment: Object.fromEntries(environment.map(([key, value]) => [key, value.replaceAll(/\$\{(\w+):\?\}/g, (_, variable: string) => TOLD[variable] ?? 'told')])),
      inClear: environment.filter(([, value]) => !/\$\{\w+:\?\}/.test(value)).map(([key]) => key),
      probes: port === undefined ? [] : [{ path: at!, port: Number(port), tls: true }],
      hardened: [
        ...missing('a user', /^[1-9]\d*:[1-9]\d*$/.test(service['user'] ?? '')), ...missing('read_only', service['read_only'] === true),
        ...missing('cap_drop: ALL', service['cap_drop']?.[0] === 'ALL' && service['cap_add'] === undefined),
        ...missing('no-new-privileges', service['security_opt']?.includes('no-new-privileges:true')), ...missing('a health check', service['healthcheck'] !== undefined),
        ...missing('ports on this machine alone', ((service['ports'] ?? []) as string[]).every((port) => port.startsWith('127.0.0.1:'))),
        ...missing('a network that is internal', service['networks']?.includes('bank')),
      ],
    };
  });
}

export const workloads = (documents: readonly Json[]): Json[] => documents.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');

export function deployedByKubernetes(documents: readonly Json[], settings: Readonly<Record<string, string>>): Deployed[] {
  return workloads(documents).flatMap(({ metadata, spec: { template: { spec: pod } } }) => (pod.containers as Json[]).map((container) => {
    const variables = (container['env'] ?? []) as Json[];
    const security = container['securityContext'] ?? {};
    const portOf = (port: string | number): number => (typeof port === 'number' ? port : (container['ports'] as Json[]).find(({ name }) => name === port)?.['containerPort']);
    const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((name) => container[name]);
    return {
      where: `kubernetes ${metadata.name}`, image: container['image'], words: container['args'] ?? [],
      environment: Object.fromEntries(variables.map(({ name, value, valueFrom }) => [name, value ?? settings[valueFrom?.configMapKeyRef?.key] ?? TOLD[valueFrom?.secretKeyRef?.key] ?? 'told'])),
      inClear: variables.filter(({ valueFrom }) => valueFrom === undefined).map(({ name }) => name),
      probes: probes.flatMap((probe) => (probe?.httpGet ? [{ path: probe.httpGet.path, port: portOf(probe.httpGet.port), tls: probe.httpGet.scheme === 'HTTPS' }] : [])),
      hardened: [
        ...missing('a user', pod.securityContext?.runAsNonRoot === true && pod.securityContext.runAsUser > 0), ...missing('seccomp', pod.securityContext?.seccompProfile?.type === 'RuntimeDefault'),
        ...missing('a read-only root file system', security.readOnlyRootFilesystem === true), ...missing('no escalation', security.allowPrivilegeEscalation === false),
        ...missing('no capabilities', security.capabilities?.drop?.[0] === 'ALL' && security.capabilities.add === undefined),
        ...missing('no token of the cluster', pod.automountServiceAccountToken === false), ...missing('three probes', probes.every((probe) => probe !== undefined)),
        ...missing('resources', container['resources']?.requests?.cpu !== undefined && container['resources'].requests.memory !== undefined && container['resources'].limits?.memory !== undefined),
        ...missing('volumes that are there', (container['volumeMounts'] as Json[]).every(({ name }) =>
          [...pod.volumes, ...((documents.find((one) => one['spec']?.template?.spec === pod)?.['spec'].volumeClaimTemplates ?? []) as Json[]).map((claim) => claim['metadata'])].some((volume) => volume.name === name))),
      ],
    };
  }));
}

const missing = (what: string, isThere: boolean | undefined): string[] => (isThere === true ? [] : [what]);
