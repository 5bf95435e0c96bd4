import { randomUUID } from 'node:crypto';
import { OrderServiceClient, OrderServiceProblem, type Attempt, type ClientOptions } from '@app/client';
import { ServiceWorld, type Caller, type SandboxEvent } from '../support/service-world.js';

let world: ServiceWorld;
let buyer: Caller;

beforeAll(async () => {
  world = await ServiceWorld.start();
}, 120_000);

beforeEach(async () => {
  buyer = await world.user();
});

afterAll(() => world.stop());

function clientOf(caller: Caller, options: Partial<ClientOptions> = {}): OrderServiceClient {
  return new OrderServiceClient({ baseUrl: world.service.url, token: caller.token, ...options });
}

function basketOf(
  event: SandboxEvent,
  quantity = 1,
): { eventId: string; items: { ticketTypeId: string; quantity: number }[] } {
  return { eventId: event.id, items: event.ticketTypes.map(({ id }) => ({ ticketTypeId: id, quantity })) };
}

async function problemOf(call: Promise<unknown>): Promise<OrderServiceProblem> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OrderServiceProblem) return error;
  throw new Error(`Expected a problem, not ${String(error)}.`);
}

const orderCount = (caller: Caller): Promise<number> => world.count('orders where user_id = $1', [caller.id]);

describe('the typed client', () => {
  it('gets its order although the answer was lost on the way, and there is only one', async () => {
    const event = await world.newEvent();
    const attempts: Attempt[] = [];
    let lost = 0;
    const losesTheFirst: typeof fetch = async (url, init) => {
      const answer = await fetch(url, init);
      if (lost > 0) return answer;
      lost += 1;
      await answer.text();
      throw new TypeError('fetch failed');
    };
    const client = clientOf(buyer, { fetch: losesTheFirst, onAttempt: (attempt) => attempts.push(attempt) });

    const { status, headers, body } = await client.call('POST', '/api/v1/orders', { body: basketOf(event) });

    expect({ status, replayed: headers.get('idempotency-replayed') }).toEqual({
      status: 201,
      replayed: 'true',
    });
    expect(body).toMatchObject({ status: 'PENDING', currency: 'USD' });
    expect(attempts).toHaveLength(2);
    expect(attempts[0]?.key).toBe(attempts[1]?.key);
    expect(await orderCount(buyer)).toBe(1);
  });

  it('gives everybody who calls with one key at once the same order', async () => {
    const client = clientOf(buyer, { attemptsMax: 10 });
    const body = basketOf(await world.newEvent());
    const idempotencyKey = randomUUID();
    const orders = await Promise.all(
      Array.from({ length: 8 }, () => client.post('/api/v1/orders', { body, idempotencyKey })),
    );
    expect(new Set(orders.map(({ id }) => id)).size).toBe(1);
    expect(await orderCount(buyer)).toBe(1);
  });

  it('sends the version it expects', async () => {
    const client = clientOf(buyer);
    const order = await client.post('/api/v1/orders', { body: basketOf(await world.newEvent()) });
    const path = { orderId: order.id };
    const cancel = '/api/v1/orders/{orderId}/cancel';
    const stale = await problemOf(client.post(cancel, { path, ifVersion: order.version + 1 }));
    expect(stale).toMatchObject({ code: 'VERSION_MISMATCH', status: 412, retryable: false });
    const cancelled = await client.post(cancel, {
      path,
      ifVersion: order.version,
      body: { reason: 'changed my mind' },
    });
    expect(cancelled).toMatchObject({ status: 'CANCELLED', cancelReason: 'changed my mind' });
  });

  it('raises what the problem tells besides its code', async () => {
    const event = await world.newEvent({ ticketTypes: [{ unitPriceCents: 10_000, capacity: 1 }] });
    const client = clientOf(buyer);
    const refused = await problemOf(client.post('/api/v1/orders', { body: basketOf(event, 2) }));
    expect(refused.is('TICKETS_UNAVAILABLE')).toBe(true);
    expect(refused.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(refused.members['unavailable']).toMatchObject([{ requested: 2, available: 1 }]);
  });

  it('goes through a list page by page', async () => {
    const client = clientOf(buyer);
    const event = await world.newEvent();
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1)
      made.push((await client.post('/api/v1/orders', { body: basketOf(event) })).id);
    const listed: string[] = [];
    const query = { limit: 1, sort: 'createdAt' } as const;
    for await (const order of client.each('/api/v1/orders', { query })) listed.push(order.id);
    expect(listed).toEqual(made);
  });

  it('serves siblings whose token names no tenant', async () => {
    const { token, id } = await world.sibling({ tenant_id: undefined });
    const client = clientOf({ id, token }, { tenantId: world.tenantId });
    const { page } = await client.get('/internal/v1/orders/expiring', { query: { withinSeconds: 60 } });
    expect(page.hasMore).toBe(false);
    expect(await problemOf(clientOf({ id, token }).get('/internal/v1/orders/expiring'))).toMatchObject({
      code: 'TENANT_REQUIRED',
    });
  });
});
