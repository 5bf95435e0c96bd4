import { randomBytes } from 'node:crypto';
import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Tracing, TracingConfig } from '@app/platform';
import { traceInto } from '../../libs/platform/src/tracing/tracing-sdk.js';

/** Tracing into memory instead of to a collector. */
export class KeptSpans {
  private constructor(
    private readonly exporter: InMemorySpanExporter,
    private readonly tracing: Tracing,
  ) {}

  static start(config: TracingConfig): KeptSpans {
    const exporter = new InMemorySpanExporter();
    return new KeptSpans(exporter, traceInto(config, new SimpleSpanProcessor({ exporter })));
  }

  stop(): Promise<void> {
    return this.tracing.stop();
  }

  all(): readonly ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  ofTrace(traceId: string): readonly ReadableSpan[] {
    return this.all().filter((span) => span.spanContext().traceId === traceId);
  }

  named(traceId: string, name: string): ReadableSpan {
    const found = this.ofTrace(traceId).find((span) => span.name === name);
    if (found === undefined) throw new Error(`The trace has no span "${name}".`);
    return found;
  }

  /** The names of a span's ancestors, the nearest first. */
  above(span: ReadableSpan): readonly string[] {
    const parentId = span.parentSpanContext?.spanId;
    const parent = this.ofTrace(span.spanContext().traceId).find(
      (candidate) => candidate.spanContext().spanId === parentId,
    );
    return parent === undefined ? [] : [parent.name, ...this.above(parent)];
  }
}

export interface Caller {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceparent: string;
}

/** Somebody whose trace goes on here. */
export function tracingCaller(flags: '00' | '01' = '01'): Caller {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}
