import type { TlsFiles } from '../tls/tls-files.js';

/** Values by their names in OpenTelemetry's semantic conventions. Never an id of a customer, a name, an amount. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface Work {
  readonly name: string;
  readonly kind: 'client' | 'producer' | 'consumer';
  /** Of the events that it was done for, as their metadata give it; one span each for those that are recorded. */
  readonly of: Iterable<string | undefined>;
  /** Milliseconds since 1970, with parts. */
  readonly startedAt: number;
  readonly attributes: SpanAttributes;
  /** What kind of failure it ended with. */
  readonly failed?: string;
}

export interface RequestSpan {
  /** W3C Trace Context of this span: what follows from the request is told it. */
  readonly traceparent: string;
  end(attributes: SpanAttributes, failed: string | undefined): void;
}

/** Where it is configured, what became of a request is told to an OpenTelemetry collector: one trace from HTTP to the read models. Absent: nothing is done and nothing loaded. */
export interface Traces {
  /** A request that came in; undefined where it is not recorded. */
  begin(name: string, callers: string | undefined): RequestSpan | undefined;
  /** Work that is over, for events of many requests at once. */
  did(work: Work): void;
  /** What waits is sent. */
  close(): Promise<void>;
}

export interface TracesOptions {
  readonly tracesUrl?: string | undefined;
  readonly tracesRatio: number;
  readonly tls?: TlsFiles | undefined;
}

export const openTraces = async ({ tracesUrl: url, tracesRatio: ratio, tls }: TracesOptions, role: string): Promise<Traces | undefined> =>
  (url === undefined ? undefined : (await import('./otlp-traces.js')).otlpTraces({ url, ratio, role, ...(tls && { tls }) }));

export const traceNow = (): number => performance.timeOrigin + performance.now();

/** The trace that an event's metadata name. */
export const traceOf = ({ metadata }: { readonly metadata: object }): string | undefined => (metadata as { readonly traceparent?: string }).traceparent;
