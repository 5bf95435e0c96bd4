import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import { context, diag, DiagLogLevel } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { SECOND_MS } from '@app/kernel';
import { SERVICE_NAME, SERVICE_VERSION } from '../observability/service-identity.js';
import { ToldExporter } from './told-exporter.js';
import { traceWith } from './spans.js';
import type { Tracing, TracingConfig } from './start-tracing.js';

/** One try at a collector that may be away; the batches behind it wait meanwhile, and then are dropped. */
const EXPORT_TIMEOUT_MS = 5 * SECOND_MS;
/** A create makes about six spans, of some 1 kB each: room for two seconds of several hundred creates. */
const QUEUE_SPANS_MAX = 8_192;
const BATCH_SPANS_MAX = 1_024;
/** A part of the grace that main.ts gives the end of the process. */
const STOP_TIMEOUT_MS = SECOND_MS;

/** Spans leave in batches over OTLP/HTTP, a few seconds after they end; what the queue cannot hold is dropped. */
export function exportTraces(config: TracingConfig): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${config.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`,
    headers: Object.fromEntries(config.OTEL_EXPORTER_OTLP_HEADERS),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const logger = new Logger('Tracing');
  // Failed exports are told by the exporter; what is left are warnings, such as of dropped spans.
  const told = (warning: string): void => logger.warn({ msg: 'a warning of OpenTelemetry', warning });
  diag.setLogger(
    { error: nothing, warn: told, info: nothing, debug: nothing, verbose: nothing },
    DiagLogLevel.WARN,
  );
  return traceInto(
    config,
    new BatchSpanProcessor({
      exporter: new ToldExporter(exporter, logger),
      maxQueueSize: QUEUE_SPANS_MAX,
      maxExportBatchSize: BATCH_SPANS_MAX,
    }),
  );
}

/** Traces into any processor: for tests that keep the spans. */
export function traceInto(config: TracingConfig, processor: SpanProcessor): Tracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': SERVICE_NAME,
      'service.version': SERVICE_VERSION,
      'service.instance.id': `${hostname()}:${process.pid}`,
      'host.name': hostname(),
      ...Object.fromEntries(config.OTEL_RESOURCE_ATTRIBUTES),
    }),
    sampler: samplerOf(config),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  traceWith(provider.getTracer(SERVICE_NAME, SERVICE_VERSION));
  return {
    stop: async () => {
      traceWith(undefined);
      context.disable();
      diag.disable();
      await atMost(
        STOP_TIMEOUT_MS,
        // What could not be sent has been told by the exporter.
        provider.shutdown().catch(() => undefined),
      );
    },
  };
}

function samplerOf({
  OTEL_TRACES_SAMPLER: name,
  OTEL_TRACES_SAMPLER_ARG: ratio,
}: Pick<TracingConfig, 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'>): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

function nothing(): void {
  return undefined;
}

async function atMost(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
