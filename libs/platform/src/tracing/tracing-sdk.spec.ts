import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { BatchSpanProcessor, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { SERVICE_VERSION } from '../observability/service-identity.js';
import { inSpan } from './spans.js';
import { startTracing, type TracingConfig } from './start-tracing.js';
import { ToldExporter } from './told-exporter.js';
import { traceInto } from './tracing-sdk.js';

const CONFIG: TracingConfig = {
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
  OTEL_EXPORTER_OTLP_HEADERS: new Map(),
  OTEL_RESOURCE_ATTRIBUTES: new Map([['deployment.environment.name', 'staging']]),
  OTEL_TRACES_SAMPLER: 'always_on',
  OTEL_TRACES_SAMPLER_ARG: 0,
};
const SAMPLED = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const UNSAMPLED = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;

async function spansOf(config: TracingConfig, parent?: string): Promise<readonly ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const tracing = traceInto(config, new SimpleSpanProcessor({ exporter }));
  await inSpan({ name: 'work', kind: 'internal', parent }, async () => undefined);
  const spans = exporter.getFinishedSpans();
  await tracing.stop();
  return spans;
}

describe('tracing', () => {
  it('says which service, version and instance a span is of, and what the operator adds', async () => {
    const [span] = await spansOf(CONFIG);

    expect(span?.resource.attributes).toMatchObject({
      'service.name': 'order-service',
      'service.version': SERVICE_VERSION,
      'service.instance.id': expect.stringContaining(`:${process.pid}`) as string,
      'deployment.environment.name': 'staging',
    });
  });

  it.each([
    ['always_on', 1, [1, 1, 1]],
    ['always_off', 1, [0, 0, 0]],
    ['traceidratio', 1, [1, 1, 1]],
    ['traceidratio', 0, [0, 0, 0]],
    ['parentbased_always_on', 1, [1, 1, 0]],
    ['parentbased_always_off', 1, [0, 1, 0]],
    ['parentbased_traceidratio', 1, [1, 1, 0]],
    ['parentbased_traceidratio', 0, [0, 1, 0]],
  ] as const)('%s with %d keeps of root, sampled and unsampled: %j', async (name, ratio, expected) => {
    const config = { ...CONFIG, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio };
    const kept = [await spansOf(config), await spansOf(config, SAMPLED), await spansOf(config, UNSAMPLED)];

    expect(kept.map((spans) => spans.length)).toEqual(expected);
  });

  it('loads nothing without an endpoint', async () => {
    jest.doMock('./tracing-sdk.js', () => {
      throw new Error('the SDK was loaded');
    });
    const tracing = await startTracing(CONFIG);

    expect(await inSpan({ name: 'work', kind: 'internal' }, async (span) => span)).toBeUndefined();
    await tracing.stop();
    await expect(
      startTracing({ ...CONFIG, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }),
    ).rejects.toThrow('the SDK was loaded');
    jest.dontMock('./tracing-sdk.js');
  });

  it('sends what is left when it stops, but waits no longer than its share', async () => {
    jest.useFakeTimers();
    const sent: string[] = [];
    const silent: SpanExporter = {
      export: (spans) => {
        sent.push(...spans.map((span) => span.name));
      },
      shutdown: () => Promise.resolve(),
    };
    const tracing = traceInto(CONFIG, new BatchSpanProcessor({ exporter: silent }));
    await inSpan({ name: 'last', kind: 'internal' }, async () => undefined);

    const stopped = tracing.stop();
    await jest.advanceTimersByTimeAsync(1_000);
    await stopped;

    expect(sent).toEqual(['last']);
    jest.useRealTimers();
  });
});

describe('a collector that is away', () => {
  it('is told of once, and once when it is back', async () => {
    const [away, back] = [new InMemorySpanExporter(), new InMemorySpanExporter()];
    await away.shutdown();
    const answering = [away, away, back, back];
    const logger = { log: jest.fn(), warn: jest.fn() };
    const exporter: SpanExporter = {
      export: (spans, done) => answering.shift()?.export(spans, done),
      shutdown: () => Promise.resolve(),
    };
    const told = new ToldExporter(exporter, logger);
    const results: boolean[] = [];

    while (answering.length > 0)
      results.push(
        await new Promise((resolve) => {
          told.export([], ({ error }) => {
            resolve(error === undefined);
          });
        }),
      );

    expect(results).toEqual([false, false, true, true]);
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(logger.log).toHaveBeenCalledTimes(1);
  });
});
