import { randomUUID } from 'node:crypto';
import { ClientRMQ, RmqRecordBuilder } from '@nestjs/microservices';
import { OrderWorker } from '@app/orders';
import { isTracing, startTracing } from '@app/platform';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { firstValueFrom } from 'rxjs';
import { eventually } from '../support/eventually.js';
import { KeptSpans, tracingCaller, type Caller } from '../support/kept-spans.js';
import { MessagingWorld, type OrderView } from '../support/messaging-world.js';
import { freshPrefix, platformConfig, testRedisUrl } from '../support/platform-parts.js';

type Body = Readonly<Record<string, unknown>>;

const BUYER = { name: 'Canary Buyer', line1: '1 Canary Street', email: 'canary@example.com' };

async function placed(world: MessagingWorld, { traceparent }: Caller): Promise<OrderView> {
  const address = { ...BUYER, city: 'Canaryville', postalCode: '94107', country: 'US' };
  const { status, body } = await world.call(
    'POST',
    '',
    {
      eventId: world.event.id,
      items: [{ ticketTypeId: world.event.ticketTypes[0]?.id, quantity: 2 }],
      billingAddress: address,
    },
    { traceparent },
  );
  expect(status).toBe(201);
  return body as unknown as OrderView;
}

describe('a traced service', () => {
  let spans: KeptSpans;
  let world: MessagingWorld;

  beforeAll(async () => {
    const environment = {
      REDIS_URL: testRedisUrl(),
      REDIS_KEY_PREFIX: freshPrefix(),
      REDIS_TIMEOUT_MS: '500',
      RATE_LIMIT_ENABLED: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    };
    spans = KeptSpans.start(platformConfig(environment));
    world = await MessagingWorld.start(environment);
  }, 60_000);

  afterAll(async () => {
    await world.stop();
    await spans.stop();
  });

  async function untilSpan(traceId: string, name: string): Promise<void> {
    await eventually(`the trace has a span "${name}"`, () =>
      spans.ofTrace(traceId).some((span) => span.name === name),
    );
  }

  async function paid(caller: Caller): Promise<OrderView> {
    const { traceparent } = caller;
    const { id } = await placed(world, caller);
    const { body } = await world.call('POST', `/${id}/reserve`, {}, { traceparent });
    const order = body as unknown as OrderView & { readonly paymentIntentId: string };
    await world.pay(order.paymentIntentId);
    await world.broker.announce(
      'payment.succeeded',
      {
        orderId: id,
        paymentIntentId: order.paymentIntentId,
        tenantId: world.event.tenantId,
        amountCents: order.totalCents,
        currency: 'USD',
      },
      { messageId: randomUUID(), headers: { traceparent } },
    );
    return order;
  }

  function triesOf(caller: Caller): readonly ReadableSpan[] {
    return spans.ofTrace(caller.traceId).filter((span) => span.name === 'effect tickets.confirm');
  }

  /** Moves the due time of the order's effect that waits for its next try. @returns how many there are */
  async function dueIn(orderId: string, interval: string): Promise<number> {
    const rows = await world.sql.query(
      `update order_effects set due_at = now() + $2::interval
        where order_id = $1 and kind = 'tickets.confirm' and state = 'pending' and attempts > 0 and lease_until is null
       returning id`,
      [orderId, interval],
    );
    return rows.length;
  }

  describe('when an order is placed, reserved, paid and completed', () => {
    const caller = tracingCaller();
    let order: OrderView;

    beforeAll(async () => {
      order = await paid(caller);
      await world.untilStatus(order.id, 'COMPLETED');
      await untilSpan(caller.traceId, 'publish order.completed');
    }, 30_000);

    it.each([
      ['POST /api/v1/orders', []],
      ['POST /api/v1/orders/:orderId/reserve', []],
      ['redis rate-limit', ['POST /api/v1/orders']],
      ['event-service get-event', ['POST /api/v1/orders']],
      ['transaction create.tx1', ['POST /api/v1/orders']],
      ['redis lock.acquire', ['POST /api/v1/orders/:orderId/reserve']],
      ['ticket-service reserve', ['POST /api/v1/orders/:orderId/reserve']],
      ['payment-service create-intent', ['POST /api/v1/orders/:orderId/reserve']],
      ['publish order.created', ['POST /api/v1/orders']],
      ['publish order.reserved', ['POST /api/v1/orders/:orderId/reserve']],
      ['process payment.succeeded', []],
      ['payment-service get-intent', ['process payment.succeeded']],
      ['publish order.confirmed', ['process payment.succeeded']],
    ] as const)('one trace has %s, within %j', (name, ancestors) => {
      expect(spans.above(spans.named(caller.traceId, name))).toEqual(expect.arrayContaining([...ancestors]));
    });

    it('goes on in the effects and events that follow from the payment', () => {
      const issue = spans.named(caller.traceId, 'ticket-service confirm');
      const told = spans.named(caller.traceId, 'publish order.completed');

      expect(spans.above(issue)).toEqual(
        expect.arrayContaining(['effect tickets.confirm', 'process payment.succeeded']),
      );
      expect(spans.above(told)).toContain('effect tickets.confirm');
    });

    it('shows every statement and the commit beneath its transaction', () => {
      const writes = spans
        .ofTrace(caller.traceId)
        .filter((span) => spans.above(span)[0] === 'transaction create.tx1')
        .map((span) => span.name);

      expect(writes.at(-1)).toBe('COMMIT');
      expect(writes.some((name) => name.startsWith('INSERT idempotency_keys'))).toBe(true);
    });

    it('has no span whose parent is missing', () => {
      const ids = new Set([
        caller.spanId,
        ...spans.ofTrace(caller.traceId).map((span) => span.spanContext().spanId),
      ]);
      const loose = spans
        .ofTrace(caller.traceId)
        .filter((span) => !ids.has(span.parentSpanContext?.spanId ?? ''));

      expect(loose.map((span) => span.name)).toEqual([]);
    });

    it('tells the events by a traceparent of the same trace, in the header by the span that sends them', async () => {
      const rows = await world.sql.query<{ traceparent: string }>(
        "select payload ->> 'traceparent' as traceparent from outbox where order_id = $1",
        [order.id],
      );
      const messages = await world.broker.take('order.events.archive', 4);
      const sent = messages.map((message) => String(message.properties.headers?.['traceparent']));
      const publishing = spans
        .ofTrace(caller.traceId)
        .filter((span) => span.name.startsWith('publish '))
        .map((span) => `00-${caller.traceId}-${span.spanContext().spanId}-01`);

      expect(rows).toHaveLength(4);
      expect(rows.filter(({ traceparent }) => !traceparent.startsWith(`00-${caller.traceId}-`))).toEqual([]);
      expect(sent.toSorted()).toEqual(publishing.toSorted());
    });

    it('names neither persons nor values nor ids, and says whose service it is', () => {
      const trace = spans.ofTrace(caller.traceId);
      const written = JSON.stringify(
        trace.map(({ name, attributes, events }) => ({ name, attributes, events })),
      );

      expect(written).not.toMatch(/canary|94107|\$\d|secret|eyJ/i);
      expect(trace.filter(({ name }) => /[0-9a-f]{8}|\d{3}/.test(name)).map(({ name }) => name)).toEqual([]);
      expect(trace[0]?.resource.attributes).toMatchObject({ 'service.name': 'order-service' });
    });
  });

  it('goes on when the worker takes up again what did not succeed at once', async () => {
    const caller = tracingCaller();
    await world.fault({ service: 'ticket-service', operation: 'confirm', mode: 'error-before' });
    const { id } = await paid(caller);
    await eventually('the first try was in vain', async () => (await dueIn(id, '1 hour')) === 1);
    await world.app.get(OrderWorker, { strict: false }).idle();
    await world.mendFaults();
    const triesBefore = triesOf(caller).length;

    await dueIn(id, '0 hours');
    await untilSpan(caller.traceId, 'publish order.completed');

    // Nobody but the job is left to try, and it knows the trace from the row alone.
    const [last, ...others] = triesOf(caller).slice(triesBefore);
    expect(others).toEqual([]);
    expect(last?.parentSpanContext?.isRemote).toBe(true);
    expect(last?.attributes).toEqual({ 'app.order_id': id });
    const calls = spans.ofTrace(caller.traceId).filter((span) => span.name === 'ticket-service confirm');
    expect([calls[0]?.status.code, calls.at(-1)?.status.code]).toEqual([2, 0]);
  });

  it('answers a question over RPC in the trace of who asks', async () => {
    const caller = tracingCaller();
    const { id } = await placed(world, tracingCaller());
    const client = new ClientRMQ({
      urls: [world.broker.url],
      queue: world.broker.name('order-service.rpc'),
      noAssert: true,
    });
    const authorization = `Bearer ${await world.serviceToken('orders:read')}`;
    const question = new RmqRecordBuilder({ orderId: id })
      .setOptions({ headers: { authorization, traceparent: caller.traceparent } })
      .build();

    expect(await firstValueFrom(client.send<Body>('orders.get', question))).toMatchObject({ id });
    await client.close();

    await untilSpan(caller.traceId, 'process orders.get');
    const reading = spans.ofTrace(caller.traceId).find((span) => span.name === 'SELECT orders');
    expect(reading === undefined ? [] : spans.above(reading)).toContain('process orders.get');
  });

  it('continues the trace that an envelope names when its message has no header', async () => {
    const caller = tracingCaller();
    await world.broker.announce('event.updated', {
      specversion: '1.0',
      id: randomUUID(),
      type: 'event.updated',
      source: '/event-service',
      traceparent: caller.traceparent,
      data: { eventId: world.event.id, tenantId: world.event.tenantId },
    });

    await untilSpan(caller.traceId, 'process event.updated');

    const span = spans.named(caller.traceId, 'process event.updated');
    expect(span.parentSpanContext?.spanId).toBe(caller.spanId);
    expect(span.attributes).toMatchObject({ 'app.result': 'applied' });
  });

  it('records nothing of a request whose caller does not sample, and passes that on', async () => {
    const caller = tracingCaller('00');
    const { id } = await placed(world, caller);

    const rows = await world.sql.query<{ traceparent: string }>(
      "select payload ->> 'traceparent' as traceparent from outbox where order_id = $1",
      [id],
    );

    expect(spans.ofTrace(caller.traceId)).toEqual([]);
    expect(rows).toEqual([
      { traceparent: expect.stringMatching(`^00-${caller.traceId}-[0-9a-f]{16}-00$`) as string },
    ]);
  });

  it('makes no trace of health checks, polling loops and jobs that find nothing', async () => {
    const before = spans.all().length;

    await world.app.inject({ method: 'GET', url: '/health/ready' });
    await world.app.inject({ method: 'GET', url: '/metrics' });

    const roots = spans
      .all()
      .slice(before)
      .filter((span) => span.parentSpanContext === undefined);
    expect(roots.map((span) => span.name)).toEqual([]);
  });
});

describe('a service without a collector', () => {
  it('traces nothing, and events keep the trace of their request', async () => {
    const tracing = await startTracing(platformConfig());
    const world = await MessagingWorld.start();
    const caller = tracingCaller();

    const { id } = await placed(world, caller);
    const rows = await world.sql.query<{ traceparent: string }>(
      "select payload ->> 'traceparent' as traceparent from outbox where order_id = $1",
      [id],
    );
    await world.stop();
    expect(isTracing()).toBe(false);
    await tracing.stop();

    expect(rows[0]?.traceparent).toMatch(new RegExp(`^00-${caller.traceId}-[0-9a-f]{16}-01$`));
    expect(rows[0]?.traceparent).not.toContain(caller.spanId);
  }, 60_000);
});
