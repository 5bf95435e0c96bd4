import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { AppError } from '@app/kernel';
import { loadConfig } from '../config/load-config.js';
import {
  activeTraceparent,
  inChildSpan,
  inSpan,
  isTracing,
  openSpan,
  ownTraceparent,
  traceFacts,
  type SpanFacts,
} from './spans.js';
import type { Tracing } from './start-tracing.js';
import { traceInto } from './tracing-sdk.js';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-01`;

const outer: SpanFacts = { name: 'outer', kind: 'internal', attributes: { 'app.kind': 'test' } };
const inner: SpanFacts = { name: 'inner', kind: 'client' };

const config = loadConfig({
  DATABASE_URL: 'postgres://db/orders',
  EVENT_SERVICE_URL: 'http://event',
  TICKET_SERVICE_URL: 'http://ticket',
  PAYMENT_SERVICE_URL: 'http://payment',
  AUTH_SERVICE_URL: 'http://auth',
  SERVICE_SIGNING_KEY: '-----BEGIN PRIVATE KEY-----',
  APP_SECRETS: `k1:${Buffer.alloc(32).toString('base64')}`,
});

describe('while nothing is traced', () => {
  it('does the work and nothing else', async () => {
    const given = await inSpan({ ...outer, parent: TRACEPARENT }, async (span) => [
      span,
      activeTraceparent(),
    ]);

    expect(given).toEqual([undefined, undefined]);
    expect(await inChildSpan(inner, async () => 'done')).toBe('done');
    expect(openSpan(outer)).toBeUndefined();
    expect([isTracing(), traceFacts()]).toEqual([false, {}]);
  });

  it('still names a place in the trace of the caller', () => {
    expect(ownTraceparent(TRACEPARENT)).toMatch(new RegExp(`^00-${CALLER.traceId}-[0-9a-f]{16}-01$`));
  });
});

describe('while tracing is on', () => {
  let exporter: InMemorySpanExporter;
  let tracing: Tracing;

  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    tracing = traceInto(config, new SimpleSpanProcessor({ exporter }));
  });

  afterEach(async () => {
    await tracing.stop();
  });

  const names = (): readonly string[] => exporter.getFinishedSpans().map(({ name }) => name);

  it('continues the trace of the caller, and what is done inside belongs to it', async () => {
    const [carried, facts] = await inSpan({ ...outer, parent: TRACEPARENT }, () =>
      inChildSpan(inner, async () => [ownTraceparent(TRACEPARENT), traceFacts()] as const),
    );

    const [child, parent] = exporter.getFinishedSpans();
    const childPlace = child?.spanContext();
    expect(carried).toBe(`00-${CALLER.traceId}-${childPlace?.spanId}-01`);
    expect(facts).toEqual({ trace_id: CALLER.traceId, span_id: childPlace?.spanId });
    expect(child?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
    expect(parent?.parentSpanContext).toMatchObject({ ...CALLER, isRemote: true });
    expect(parent).toMatchObject({ name: 'outer', attributes: { 'app.kind': 'test' } });
  });

  it('begins a trace for work of its own, and none for a call that belongs to nothing', async () => {
    await inChildSpan(inner, async () => undefined);
    await inSpan({ ...outer, parent: 'not-a-traceparent' }, async () => undefined);

    expect(names()).toEqual(['outer']);
    expect(exporter.getFinishedSpans()[0]?.parentSpanContext).toBeUndefined();
  });

  it('takes a parent of another trace over the one that is active', async () => {
    await inSpan(outer, () => inChildSpan({ ...inner, parent: TRACEPARENT }, async () => undefined));

    const [child] = exporter.getFinishedSpans();
    expect(child?.spanContext().traceId).toBe(CALLER.traceId);
  });

  it('tells what kind of failure there was, never its message', async () => {
    const refused = Object.assign(new Error('password=canary'), { code: '28P01' });

    await expect(inSpan(outer, () => Promise.reject(refused))).rejects.toBe(refused);

    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ attributes: { 'error.type': '28P01' }, status: { code: 2 } });
    expect(JSON.stringify([span?.status, span?.attributes, span?.events])).not.toContain('canary');
  });

  it('does not call a refusal a failure', async () => {
    const refusal = new AppError('ORDER_NOT_FOUND');

    await expect(inSpan(outer, () => Promise.reject(refusal))).rejects.toBe(refusal);

    expect(exporter.getFinishedSpans()[0]).toMatchObject({
      attributes: { 'error.type': 'ORDER_NOT_FOUND' },
      status: { code: 0 },
    });
  });

  it('lets an open span take work in until it is ended', () => {
    const span = openSpan({ ...outer, parent: TRACEPARENT });
    let inside: string | undefined;

    span?.run(() => {
      inside = activeTraceparent();
    });
    expect(names()).toEqual([]);
    span?.end({ 'http.response.status_code': 503 }, '503');

    const [ended] = exporter.getFinishedSpans();
    expect(inside).toBe(`00-${CALLER.traceId}-${ended?.spanContext().spanId}-01`);
    expect(ended).toMatchObject({
      attributes: { 'http.response.status_code': 503, 'error.type': '503' },
      status: { code: 2 },
    });
  });

  it('traces nothing more once it is stopped', async () => {
    await tracing.stop();

    await inSpan(outer, async () => undefined);

    expect(isTracing()).toBe(false);
    expect(names()).toEqual([]);
  });
});
