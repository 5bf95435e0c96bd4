import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { isAppError } from '@app/kernel';
import { continueTrace, readTraceparent } from '../http/trace-context.js';

export type { Span };

/** What a span is about. Names are few: no id and no free text; attributes hold nothing about a person. */
export interface SpanFacts {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  readonly attributes?: Attributes;
  /** Whose work this continues, as a `traceparent`; what is active already comes first when it is the same trace. */
  readonly parent?: string | null | undefined;
}

const KINDS: Readonly<Record<SpanFacts['kind'], SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/** Undefined while tracing is off: then everything below costs one comparison. */
let tracer: Tracer | undefined;

/** Turns tracing on, or off again with undefined. */
export function traceWith(given: Tracer | undefined): void {
  tracer = given;
}

export function isTracing(): boolean {
  return tracer !== undefined;
}

/** A span that is open until its owner ends it, for work that does not end with one function. */
export interface OpenSpan {
  /** Runs `work`, and whatever it starts, beneath this span. */
  run(work: () => void): void;
  end(attributes: Attributes, failure?: string): void;
}

export function openSpan(facts: SpanFacts): OpenSpan | undefined {
  if (tracer === undefined) return undefined;
  const parent = parentOf(facts) ?? ROOT_CONTEXT;
  const span = start(tracer, facts, parent);
  const inside = trace.setSpan(parent, span);
  return {
    run: (work) => {
      context.with(inside, work);
    },
    end: (attributes, failure) => {
      span.setAttributes(attributes);
      if (failure !== undefined) fail(span, failure);
      span.end();
    },
  };
}

/** Does `work` in a span of its own; with nothing to continue it begins a trace. */
export function inSpan<T>(facts: SpanFacts, work: (span?: Span) => Promise<T>): Promise<T> {
  if (tracer === undefined) return work();
  return runIn(tracer, facts, parentOf(facts) ?? ROOT_CONTEXT, work);
}

/** The same for a call that is only worth a span as part of something: polling alone makes no trace. */
export function inChildSpan<T>(facts: SpanFacts, work: (span?: Span) => Promise<T>): Promise<T> {
  if (tracer === undefined) return work();
  const parent = parentOf(facts);
  return parent === undefined ? work() : runIn(tracer, facts, parent, work);
}

/** What our own calls, rows and messages carry: the span that is active here. */
export function activeTraceparent(): string | undefined {
  const span = activeSpan()?.spanContext();
  if (span === undefined) return undefined;
  return `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;
}

/** The `traceparent` of work that came with `header`: its span when tracing is on, else a name for one. */
export function ownTraceparent(header: string | undefined): string {
  return activeTraceparent() ?? continueTrace(header);
}

/** Ids that lead from a log line to its trace; named as OpenTelemetry's log data model has them in JSON. */
export function traceFacts(): { readonly trace_id?: string; readonly span_id?: string } {
  const span = activeSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

function activeSpan(): Span | undefined {
  return tracer === undefined ? undefined : trace.getActiveSpan();
}

/** A parent from another trace than the active one wins: work of several requests may be done by one of them. */
function parentOf({ parent }: SpanFacts): Context | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  const named = readTraceparent(parent ?? undefined);
  if (named === undefined || named.traceId === active?.traceId) {
    return active === undefined ? undefined : context.active();
  }
  return trace.setSpanContext(ROOT_CONTEXT, { ...named, isRemote: true });
}

function start(by: Tracer, { name, kind, attributes = {} }: SpanFacts, parent: Context): Span {
  return by.startSpan(name, { kind: KINDS[kind], attributes }, parent);
}

function runIn<T>(
  by: Tracer,
  facts: SpanFacts,
  parent: Context,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = start(by, facts, parent);
  return context.with(trace.setSpan(parent, span), async () => {
    try {
      return await work(span);
    } catch (error) {
      noteError(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** An error's message may quote what it stumbled over, so only its kind is told; a refusal is no failure. */
function noteError(span: Span, error: unknown): void {
  if (isAppError(error) && (error.row.kind === 'caller' || error.row.kind === 'conflict')) {
    span.setAttribute('error.type', error.code);
    return;
  }
  fail(span, typeOf(error));
}

export function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
