import { randomUUID } from 'node:crypto';
import { ClientRMQ, RmqRecordBuilder } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { MessagingWorld } from '../support/messaging-world.js';

type Body = Readonly<Record<string, unknown>>;

describe('questions of siblings over RPC', () => {
  let world: MessagingWorld;
  let client: ClientRMQ;

  beforeAll(async () => {
    world = await MessagingWorld.start();
    // A sibling built with NestJS, as they all are.
    client = new ClientRMQ({
      urls: [world.broker.url],
      queue: world.broker.name('order-service.rpc'),
      noAssert: true,
    });
  }, 60_000);

  afterAll(async () => {
    await client.close();
    await world.stop();
  });

  /** The answer, or the problem it was refused with. */
  async function ask(
    pattern: string,
    data: object,
    headers: Readonly<Record<string, string>>,
  ): Promise<Body> {
    const record = new RmqRecordBuilder(data).setOptions({ headers }).build();
    return firstValueFrom(client.send<Body>(pattern, record)).catch((error: unknown) => error as Body);
  }

  async function codeOf(answer: Promise<Body>): Promise<unknown> {
    const { error } = await answer;
    return (error as Body | undefined)?.['code'];
  }

  async function bearer(scope: string, tenantId?: string | null): Promise<{ authorization: string }> {
    return { authorization: `Bearer ${await world.serviceToken(scope, tenantId)}` };
  }

  it('answers with the order as HTTP shows it', async () => {
    const order = await world.createdOrder();
    const answer = await ask('orders.get', { orderId: order.id }, await bearer('orders:read'));
    expect(answer).toMatchObject({ id: order.id, status: 'PENDING', totalCents: order.totalCents });
    expect(answer['allowedActions']).toEqual(['reserve', 'cancel']);
  });

  it('lists the orders of an event in pages, of its own tenant', async () => {
    const headers = await bearer('orders:read');
    const { id, eventId } = await world.createdOrder();
    const first = await ask('orders.list-by-event', { eventId, limit: 1 }, headers);
    expect(first).toMatchObject({ data: [{ eventId }], page: { limit: 1 } });
    const all = await ask('orders.list-by-event', { eventId, limit: 100, status: ['PENDING'] }, headers);
    expect((all['data'] as readonly Body[]).map((order) => order['id'])).toContain(id);
    const strangers = await ask(
      'orders.list-by-event',
      { eventId },
      await bearer('orders:read', randomUUID()),
    );
    expect(strangers['data']).toEqual([]);
  });

  it('confirms a paid order once for one key', async () => {
    const order = await world.reservedOrder();
    await world.pay(order.paymentIntentId);
    const headers = { ...(await bearer('orders:confirm')), 'idempotency-key': randomUUID() };
    const question = { orderId: order.id, paymentIntentId: order.paymentIntentId };

    const answer = await ask('orders.confirm', question, headers);
    expect(answer).toMatchObject({ id: order.id, status: 'CONFIRMED', paymentOutcome: 'confirmed' });
    expect(await ask('orders.confirm', question, headers)).toEqual(answer);
    expect(await codeOf(ask('orders.confirm', { ...question, paymentIntentId: 'other' }, headers))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('expires an order, and refuses to expire one that is over, again and again', async () => {
    const order = await world.createdOrder();
    const headers = { ...(await bearer('orders:expire')), 'idempotency-key': randomUUID() };
    expect(await ask('orders.expire', { orderId: order.id }, headers)).toMatchObject({ status: 'EXPIRED' });

    const cancelled = await world.createdOrder();
    await world.call('POST', `/${cancelled.id}/cancel`, {});
    const key = { ...headers, 'idempotency-key': randomUUID() };
    for (let times = 0; times < 2; times += 1) {
      expect(await ask('orders.expire', { orderId: cancelled.id }, key)).toMatchObject({
        error: { code: 'ORDER_STATE_CONFLICT', status: 409, currentStatus: 'CANCELLED', retryable: false },
      });
    }
  });

  it('checks the token as over HTTP', async () => {
    const { id: orderId } = await world.createdOrder();
    const question = { orderId };
    expect(await codeOf(ask('orders.get', question, {}))).toBe('UNAUTHENTICATED');
    expect(await codeOf(ask('orders.get', question, { authorization: 'Bearer a.b.c' }))).toBe(
      'UNAUTHENTICATED',
    );
    const user = { authorization: `Bearer ${world.userToken}` };
    expect(await codeOf(ask('orders.get', question, user))).toBe('UNAUTHENTICATED');
    expect(await codeOf(ask('orders.get', question, await bearer('orders:confirm')))).toBe('FORBIDDEN');
    expect(await codeOf(ask('orders.expire', question, await bearer('orders:read')))).toBe('FORBIDDEN');
    const strangers = await bearer('orders:read', randomUUID());
    expect(await codeOf(ask('orders.get', question, strangers))).toBe('ORDER_NOT_FOUND');
  });

  it('refuses a tenant header that contradicts the token', async () => {
    const { id: orderId } = await world.createdOrder();
    const fixed = await bearer('orders:read');
    const ours = { ...fixed, 'x-tenant-id': world.event.tenantId };
    const other = { ...fixed, 'x-tenant-id': randomUUID() };
    expect(await ask('orders.get', { orderId }, ours)).toMatchObject({ id: orderId });
    expect(await codeOf(ask('orders.get', { orderId }, other))).toBe('FORBIDDEN');
  });

  it('refuses strange questions with the problem HTTP would answer', async () => {
    const headers = { ...(await bearer('orders:confirm')), 'x-request-id': 'from-the-test' };
    const orderId = randomUUID();
    expect(
      await ask('orders.confirm', { orderId, paymentIntentId: 'pi_1', totalCents: 1 }, headers),
    ).toMatchObject({
      error: { code: 'VALIDATION_FAILED', status: 400, requestId: 'from-the-test' },
    });
    expect(await codeOf(ask('orders.confirm', { orderId, paymentIntentId: 'pi_1' }, headers))).toBe(
      'IDEMPOTENCY_KEY_MISSING',
    );
    const key = { ...headers, 'idempotency-key': 'not-a-uuid' };
    expect(await codeOf(ask('orders.confirm', { orderId, paymentIntentId: 'pi_1' }, key))).toBe(
      'IDEMPOTENCY_KEY_INVALID',
    );
    expect(await codeOf(ask('orders.imagined', {}, headers))).toBe('ROUTE_NOT_FOUND');
  });

  it('dead-letters what nobody could be answered for, without the token it came with', async () => {
    world.broker.channel.sendToQueue(
      world.broker.name('order-service.rpc'),
      Buffer.from(JSON.stringify({ pattern: 'orders.get', data: {} })),
      {
        headers: {
          ...(await bearer('orders:read')),
          Authorization: 'Bearer another',
          'x-request-id': 'kept',
        },
      },
    );
    const [message] = await world.broker.take('order-service.rpc.dead-letters', 1);
    const headers = message?.properties.headers;
    expect(headers).toMatchObject({ 'x-reason': 'NO_REPLY_ADDRESS', 'x-request-id': 'kept' });
    expect(JSON.stringify(headers)).not.toContain('Bearer');
  });
});
