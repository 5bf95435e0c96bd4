import { randomUUID } from 'node:crypto';
import { Lifecycle } from '@app/platform';
import { eventually } from '../support/eventually.js';
import { MessagingWorld } from '../support/messaging-world.js';

interface Feed {
  readonly data: readonly { readonly type: string; readonly subject: string; readonly sequence: number }[];
  readonly page: { readonly nextAfter: string; readonly hasMore: boolean };
}

describe('the event feed', () => {
  let world: MessagingWorld;

  beforeAll(async () => {
    world = await MessagingWorld.start();
  }, 60_000);

  afterAll(async () => {
    await world.stop();
  });

  async function read(query: string, token?: string): Promise<{ status: number; body: unknown }> {
    const response = await world.app.inject({
      url: `/internal/v1/events${query}`,
      headers: { authorization: `Bearer ${token ?? (await world.serviceToken('orders:read'))}` },
    });
    return { status: response.statusCode, body: response.json() };
  }

  it('tells the life of an order to a sibling that follows it, and the broker the same', async () => {
    const start = (await read('?limit=1000')).body as Feed;
    const order = await world.reservedOrder();
    await world.pay(order.paymentIntentId);
    await world.broker.announce('payment.succeeded', {
      orderId: order.id,
      paymentIntentId: order.paymentIntentId,
      tenantId: world.event.tenantId,
    });
    await world.untilStatus(order.id, 'COMPLETED');

    const told: string[] = [];
    let { nextAfter } = start.page;
    await eventually('the feed has all of it', async () => {
      const { status, body } = await read(`?after=${encodeURIComponent(nextAfter)}&limit=2`);
      expect(status).toBe(200);
      const feed = body as Feed;
      nextAfter = feed.page.nextAfter;
      told.push(...feed.data.filter(({ subject }) => subject === order.id).map(({ type }) => type));
      return told.length === 4;
    });

    expect(told).toEqual(['order.created', 'order.reserved', 'order.confirmed', 'order.completed']);
    const messages = await world.broker.take('order.events.archive', 4);
    const published = messages
      .map(({ content }) => JSON.parse(content.toString()) as { pattern: string; data: { subject: string } })
      .filter(({ data }) => data.subject === order.id);
    expect(published.map(({ pattern }) => pattern)).toEqual(told);
    expect(JSON.stringify(published)).not.toContain('clientSecret');
  });

  it('is for services with the scope, and says what is wrong with a question', async () => {
    expect((await read('', await world.serviceToken('orders:confirm'))).body).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await read('', world.userToken)).body).toMatchObject({ code: 'FORBIDDEN' });
    expect((await read('?after=made-up')).body).toMatchObject({ status: 400, code: 'CURSOR_INVALID' });
    expect((await read('?limit=0')).body).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    expect((await read('?since=1')).body).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    const strangers = await read('?after=0', await world.serviceToken('orders:read', randomUUID()));
    expect(strangers).toMatchObject({ status: 200, body: { data: [], page: { hasMore: false } } });
  });

  it('is described in the OpenAPI document', async () => {
    const response = await world.app.inject({ url: '/openapi.json' });
    const document = response.json<{ paths: Record<string, { get?: { responses: object } }> }>();
    const responses = document.paths['/internal/v1/events']?.get?.responses ?? {};
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '410']));
  });

  it('sends what the last requests wrote before the process ends, and takes no further message', async () => {
    const { id } = await world.createdOrder();
    const lifecycle = world.app.get(Lifecycle);
    await lifecycle.beginDrain();
    await lifecycle.finishDrain();

    const rows = await world.sql.query<{ published_at: Date | null }>(
      'select published_at from outbox where order_id = $1',
      [id],
    );
    expect(rows.map((row) => row.published_at !== null)).toEqual([true]);
    await eventually(
      'the consumers have left',
      async () => (await world.broker.consumers('order-service.events')) === 0,
    );
    expect(await world.broker.consumers('order-service.rpc')).toBe(0);
  });
});
