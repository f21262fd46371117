import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricOptions {
  /** Units last: passbook_http_request_duration_seconds. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

type Read = number | readonly Reading[];

export type Labels = Readonly<Record<string, string | number>>;

/** One of a gauge's values. */
export interface Reading {
  readonly value: number;
  readonly labels: Labels;
}

/** One process's metrics, in Prometheus' form. The same name asked for twice is the same metric. */
export interface Metrics {
  counter(options: MetricOptions): { add(count: number, labels?: Labels): void };
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): { observe(value: number, labels?: Labels): void };
  /** `read` is called at every scrape; where it gives several values, those of the last scrape are forgotten. */
  gauge(options: MetricOptions & { readonly read?: () => Read | Promise<Read> }): { set(value: number, labels?: Labels): void };
  page(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export function createMetrics({ processMetrics = false, role }: { readonly processMetrics?: boolean; readonly role?: string } = {}): Metrics {
  const registry = new Registry();
  if (role !== undefined) registry.setDefaultLabels({ role });
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const once = <M>(name: string, make: () => M): M => (registry.getSingleMetric(name) as M | undefined) ?? make();
  return {
    counter({ name, help, labels = [] }) {
      const counter = once(name, () => new Counter({ name, help, labelNames: [...labels], registers: [registry] }));
      return { add: (count, of) => (of ? counter.inc(of, count) : counter.inc(count)) };
    },
    histogram({ name, help, labels = [], buckets }) {
      const histogram = once(name, () => new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] }));
      return { observe: (value, of) => (of ? histogram.observe(of, value) : histogram.observe(value)) };
    },
    gauge({ name, help, labels = [], read }) {
      const gauge = once(name, () => new Gauge({
        name, help, labelNames: [...labels], registers: [registry],
        ...(read && {
          async collect() {
            const found = await read();
            if (typeof found === 'number') return this.set(found);
            this.reset();
            for (const { value, labels: of } of found) this.set(of, value);
          },
        }),
      }));
      return { set: (value, of) => (of ? gauge.set(of, value) : gauge.set(value)) };
    },
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
