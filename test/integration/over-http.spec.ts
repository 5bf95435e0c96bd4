import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { NoteDispute } from '@app/orders';
import { BulkWorld, expectStatus, type Reply, type SoldEvent } from '../support/bulk-world.js';

interface OrderPage {
  readonly data: readonly { readonly id: string; readonly status: string }[];
  readonly page: { readonly hasMore: boolean; readonly nextCursor: string | null };
}

let world: BulkWorld;
let app: NestFastifyApplication;
let event: SoldEvent;

beforeAll(async () => {
  world = await BulkWorld.start();
  app = await world.serve();
  event = await world.event();
});

afterAll(async () => {
  await app.close();
  await world.stop();
});

function basket(more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const items = event.ticketTypes.map((type) => ({ ticketTypeId: type.id, quantity: 2 }));
  return { eventId: event.id, items, ...more };
}

function list(query: Readonly<Record<string, string>>, token: string): Promise<Reply<OrderPage>> {
  return world.send('GET', `/api/v1/orders?${new URLSearchParams(query).toString()}`, undefined, { token });
}

async function idsOf(query: Readonly<Record<string, string>>, token: string): Promise<readonly string[]> {
  return expectStatus(await list(query, token), 200).data.map(({ id }) => id);
}

describe('a list of orders', () => {
  const sub = randomUUID();
  let token: string;
  let admin: string;
  let ids: readonly string[];

  beforeAll(async () => {
    token = await world.token({ sub });
    admin = await world.admin();
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1)
      made.push(expectStatus(await world.create(token, event), 201).id);
    const last = made.at(-1) ?? '';
    expectStatus(await world.send('POST', `/api/v1/orders/${last}/cancel`, {}, { token }), 200);
    ids = made;
  });

  it('is read page by page, from either end, without a gap', async () => {
    for (const sort of ['createdAt', '-createdAt']) {
      const first = expectStatus(await list({ limit: '2', sort }, token), 200);
      const cursor = first.page.nextCursor ?? '';
      const second = expectStatus(await list({ limit: '2', sort, cursor }, token), 200);
      const read = [...first.data, ...second.data].map(({ id }) => id);
      expect(read).toEqual(sort === 'createdAt' ? ids : ids.toReversed());
      expect(second.page).toMatchObject({ hasMore: false, nextCursor: null });
    }
  });

  it('is narrowed by status, event, time, number and, for an admin, buyer', async () => {
    const order = await world.read(ids[0] ?? '');
    const day = { createdFrom: '2020-01-01T00:00:00Z', createdTo: '2100-01-01T00:00:00Z' };
    expect(await idsOf({ status: 'CANCELLED' }, token)).toEqual(ids.slice(2));
    expect(await idsOf({ eventId: randomUUID() }, token)).toEqual([]);
    expect(await idsOf({ eventId: event.id, sort: 'createdAt', ...day }, token)).toEqual(ids);
    expect(await idsOf({ createdFrom: day.createdTo }, token)).toEqual([]);
    expect(await idsOf({ userId: sub, sort: 'createdAt' }, admin)).toEqual(ids);
    expect(await idsOf({ orderNumber: String(order['orderNumber']) }, admin)).toEqual([order.id]);
  });

  it('of somebody else is refused', async () => {
    const { status, body } = await list({ userId: randomUUID() }, token);
    expect([status, body]).toMatchObject([403, { code: 'FORBIDDEN' }]);
  });

  it('takes no cursor of another list', async () => {
    const { page } = expectStatus(await list({ limit: '1' }, token), 200);
    const { status, body } = await list(
      { limit: '1', status: 'PENDING', cursor: page.nextCursor ?? '' },
      token,
    );
    expect([status, body]).toMatchObject([400, { code: 'CURSOR_INVALID' }]);
  });

  it('that ends soon is told to siblings, the next one first', async () => {
    const read = async (query: string): Promise<OrderPage> =>
      expectStatus(
        await world.send<OrderPage>('GET', `/internal/v1/orders/expiring?${query}`, undefined, {
          token: await world.service(),
        }),
        200,
      );
    const first = await read('withinSeconds=86400&limit=1');
    const second = await read(`withinSeconds=86400&limit=1&cursor=${first.page.nextCursor ?? ''}`);
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids.slice(0, 2));
  });
});

describe('a quote', () => {
  it('costs what the order will cost, and is bound to no order', async () => {
    const token = await world.buyer();
    const quote = expectStatus(await world.send('POST', '/api/v1/orders/quote', basket(), { token }), 200);
    const order = expectStatus(await world.send('POST', '/api/v1/orders', basket(), { token }), 201);
    expect(quote['totalCents']).toBe(order['totalCents']);
    expect(quote['items']).toMatchObject([{ quantity: 2, totalPriceCents: 20_000 }]);
    expect(await idsOf({}, token)).toHaveLength(1);
  });

  it.each([
    [{ currency: 'JPY' }, 422, 'CURRENCY_MISMATCH'],
    [{ items: [{ ticketTypeId: randomUUID(), quantity: 1 }] }, 404, 'TICKET_TYPE_NOT_FOUND'],
    [{ promoCode: 'NO-SUCH-CODE' }, 422, 'PROMO_INVALID'],
  ])('of %j is refused', async (more, status, code) => {
    const reply = await world.send('POST', '/api/v1/orders/quote', basket(more), {
      token: await world.buyer(),
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    });
    expect([reply.status, reply.body]).toMatchObject([status, { code }]);
  });
});

describe('an order with everything a buyer may send', () => {
  it('shows it again, missing parts as null', async () => {
    const token = await world.buyer();
    const billingAddress = {
      name: 'Ada',
      line1: 'Main 1',
      city: 'Springfield',
      postalCode: '1',
      country: 'US',
    };
    const asked = basket({ billingAddress, metadata: { seat: 'aisle' }, currency: 'USD' });
    const order = expectStatus(await world.send('POST', '/api/v1/orders', asked, { token }), 201);
    expect(order).toMatchObject({
      billingAddress: { ...billingAddress, email: null, phone: null, line2: null, region: null },
      shippingAddress: null,
      metadata: { seat: 'aisle' },
    });
  });
});

describe('a disputed payment', () => {
  const dispute = (
    kind: 'opened' | 'closed',
    told: { readonly orderId?: string; readonly paymentIntentId?: string; readonly disputeId?: string },
    messageId: string = randomUUID(),
  ): Promise<unknown> =>
    app.get(NoteDispute, { strict: false }).execute(
      {
        pattern: `payment.dispute.${kind}`,
        tenantId: world.tenantId,
        messageId,
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        payload: { ...told },
      },
      kind,
      told,
    );

  it('is found by its intent, and keeps money here until the dispute is closed', async () => {
    const order = await world.order(event, 'COMPLETED');
    const { paymentIntentId } = order;
    const refund = (): Promise<Reply> =>
      world.send('POST', `/api/v1/orders/${order.id}/refund`, { reason: 'ill' }, { token: order.token });
    expect(await dispute('opened', { paymentIntentId }, 'm-1')).toBe('applied');
    expect(await dispute('opened', { paymentIntentId }, 'm-1')).toBe('duplicate');
    expect(await dispute('opened', { orderId: order.id, disputeId: 'd-2' })).toBe('ignored');
    expect((await refund()).body).toMatchObject({ code: 'ORDER_DISPUTED' });
    expect(await dispute('closed', { orderId: order.id, disputeId: 'd-2' })).toBe('ignored');
    expect(await dispute('closed', { paymentIntentId })).toBe('applied');
    expect([200, 202]).toContain((await refund()).status);
  });

  it('of no order of ours is said so', async () => {
    await expect(dispute('opened', { paymentIntentId: 'stranger' })).rejects.toThrow('ORDER_NOT_FOUND');
    await expect(dispute('opened', {})).rejects.toThrow('ORDER_NOT_FOUND');
  });

  it('keeps a paid order from being cancelled', async () => {
    const order = await world.order(event, 'COMPLETED');
    await dispute('opened', { orderId: order.id });
    const reply = await world.send('POST', `/api/v1/orders/${order.id}/cancel`, {}, { token: order.token });
    expect(reply.status).toBe(409);
  });
});

describe('a refund that cannot be', () => {
  it('names items or an amount, never both, and an amount only by an admin', async () => {
    const order = await world.order(event, 'COMPLETED');
    const admin = await world.admin();
    const path = `/api/v1/orders/${order.id}/refund`;
    const both = { reason: 'x', amountCents: 1, items: [{ itemId: randomUUID(), quantity: 1 }] };
    expect((await world.send('POST', path, both, { token: admin })).body).toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    const amount = { reason: 'x', amountCents: 1 };
    expect((await world.send('POST', path, amount, { token: order.token })).status).toBe(403);
  });

  it('is refused while nothing is paid, to an admin too', async () => {
    const order = await world.order(event, 'RESERVED');
    const admin = await world.admin();
    const reply = await world.send(
      'POST',
      `/api/v1/orders/${order.id}/refund`,
      { reason: 'x' },
      { token: admin },
    );
    expect(reply.body).toMatchObject({ code: 'ORDER_STATE_CONFLICT', currentStatus: 'RESERVED' });
  });
});
