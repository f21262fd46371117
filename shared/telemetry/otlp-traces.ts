import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, isSpanContextValid, trace, type Context, type SpanContext } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base';
import { readTls, type TlsFiles } from '../tls/tls-files.js';
import type { Traces } from './traces.js';

export interface OtlpOptions {
  readonly url: string;
  readonly ratio: number;
  readonly role: string;
  readonly tls?: TlsFiles;
  /** How long spans gather before they are sent. 5 s where absent. */
  readonly everyMs?: number;
}

const KINDS = { client: SpanKind.CLIENT, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;

/** The same trace is not told twice for one piece of work, and no piece of work is told more often than this. */
const MOST_SPANS_OF_ONE_WORK = 100;

/** OTLP over HTTP. Spans are sent in the background, a few thousand wait at most, and what a collector does not take is lost: no request waits for one. */
export function otlpTraces({ url, ratio, role, tls, everyMs }: OtlpOptions): Traces {
  const material = tls && readTls(tls);
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: 5_000, ...(material && { httpAgentOptions: material }) });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `passbook-${role}`, 'service.namespace': 'passbook' }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor(exporter, everyMs === undefined ? {} : { scheduledDelayMillis: everyMs })],
    spanLimits: { attributeCountLimit: 16, attributeValueLengthLimit: 200 },
  });
  const tracer = provider.getTracer('passbook');
  return {
    begin(name, callers) {
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, under(callers));
      if (!span.isRecording()) return undefined;
      return {
        traceparent: traceparentOf(span.spanContext()),
        end(attributes, failed) {
          span.setAttributes(attributes);
          if (failed !== undefined) span.setAttribute('error.type', failed).setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    did({ name, kind, of, startedAt, attributes, failed }) {
      const parents = new Set<string>();
      for (const parent of of) if (parent?.endsWith('1') === true && parents.size < MOST_SPANS_OF_ONE_WORK) parents.add(parent);
      for (const parent of parents) {
        const span = tracer.startSpan(name, { kind: KINDS[kind], startTime: startedAt, attributes }, under(parent));
        if (failed !== undefined) span.setAttribute('error.type', failed).setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      }
    },
    close: () => provider.shutdown(),
  };
}

/** A trace begun by somebody else; a new one where none or a malformed one is told. */
function under(traceparent: string | undefined): Context {
  const [, traceId = '', spanId = '', flags = '00'] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  const context: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(context) ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT;
}

const traceparentOf = ({ traceId, spanId }: SpanContext): string => `00-${traceId}-${spanId}-01`;
