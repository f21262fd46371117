import { parser } from '@prometheus-io/lezer-promql';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { checkoutRoot } from '../checkout.js';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const read = (...at: string[]): string => readFileSync(path.join(checkoutRoot, 'infra', ...at), 'utf8');

export const dashboard = (): { readonly panels: readonly Panel[] } => JSON.parse(read('grafana', 'passbook.json')) as { panels: Panel[] };
export const alertingRules = (): readonly Rule[] => (parse(read('prometheus', 'rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

/** What the roles expose: each metric with the labels of its values, none where it has had no value yet. */
export type Exposed = ReadonlyMap<string, ReadonlySet<string>>;

/** From pages in Prometheus' text format. */
export function exposedBy(pages: readonly string[]): Exposed {
  const exposed = new Map<string, Set<string>>();
  for (const line of pages.flatMap((page) => page.split('\n'))) {
    const [, declared, type] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
    if (declared !== undefined)
      for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : type === 'summary' ? ['', '_sum', '_count'] : ['']) exposed.set(declared + suffix, exposed.get(declared + suffix) ?? new Set());
    const [, name, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name !== undefined) for (const [, label] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) exposed.get(name)?.add(label!);
  }
  return exposed;
}

/** Prometheus' own, and what it adds. */
const OF_PROMETHEUS = new Set(['up']);
const ADDED_LABELS = ['job', 'instance'];

/** What is wrong with an expression: that it is none, or asks for a metric or a label that nobody exposes. Grafana's variables count as durations. */
export function promqlFaults(expression: string, exposed: Exposed): string[] {
  const text = expression.replaceAll('$__rate_interval', '1m');
  const [faults, metrics, labels]: [string[], string[], string[]] = [[], [], []];
  parser.parse(text).iterate({
    enter({ name, type, from, to }) {
      const word = text.slice(from, to);
      if (type.isError) faults.push(`no PromQL at ${from}`);
      else if (name === 'Identifier') metrics.push(word);
      else if (name === 'LabelName') labels.push(word);
    },
  });
  const known = (metric: string): boolean => exposed.has(metric) || OF_PROMETHEUS.has(metric);
  const carried = new Set([...ADDED_LABELS, ...metrics.flatMap((metric) => [...(exposed.get(metric) ?? [])])]);
  const unasked = metrics.some((metric) => known(metric) && (exposed.get(metric)?.size ?? 0) === 0);
  return [
    ...faults, ...metrics.filter((metric) => !known(metric)).map((metric) => `nobody exposes ${metric}`),
    ...(unasked ? [] : labels.filter((label) => !carried.has(label)).map((label) => `${metrics.join(', ')} has no label ${label}`)),
  ];
}
