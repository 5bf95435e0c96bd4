import { randomUUID } from 'node:crypto';
import {
  anOrder,
  World,
  type Client,
  type OrderView,
  type ReservedView,
  type TestEvent,
} from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  world = await World.start({ instances: 2 });
});

afterAll(async () => {
  await world.stop();
});

describe('the purchase limit of a buyer', () => {
  async function pendingOrders(event: TestEvent, buyer: Client, count: number): Promise<readonly string[]> {
    const created = await Promise.all(
      Array.from({ length: count }, () => world.createOrder(event, {}, buyer)),
    );
    return created.map(({ body }) => body.id);
  }

  async function usage(event: TestEvent, buyer: Client): Promise<number> {
    const [row] = await world.rows<{ quantity: number }>(
      'select quantity from buyer_event_usage where event_id = $1 and user_id = $2',
      [event.id, buyer.id],
    );
    return row?.quantity ?? 0;
  }

  it('is met exactly by a hundred reserves at once, on two processes', async () => {
    const event = await world.createEvent({ capacity: 1_000, purchaseLimitPerBuyer: 7 });
    const buyer = await world.person();
    const ids = await pendingOrders(event, buyer, 100);

    const answers = await Promise.all(ids.map((id) => world.reserve(id, buyer)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(
      new Set(refused.map(({ status, body }) => `${status} ${String(Reflect.get(body, 'code'))}`)),
    ).toEqual(new Set(['409 PURCHASE_LIMIT_EXCEEDED']));
    expect(await usage(event, buyer)).toBe(7);
    const { stock } = await world.ledger();
    expect(stock.find(({ ticketTypeId }) => ticketTypeId === event.ticketTypes[0]?.id)?.held).toBe(7);
  });

  it('is refused at create when one order alone asks for more', async () => {
    const event = await world.createEvent({ purchaseLimitPerBuyer: 4 });

    const { status, body } = await world.createOrder(event, { quantity: 5 });

    expect([status, body]).toMatchObject([409, { code: 'PURCHASE_LIMIT_EXCEEDED', limit: 4 }]);
  });

  it.each([
    ['expires', async (id: string): Promise<unknown> => world.expire(id)],
    ['is cancelled', async (id: string, buyer: Client): Promise<unknown> => world.cancel(id, buyer)],
  ])('is given back when a reservation %s', async (_name, end) => {
    const event = await world.createEvent({ purchaseLimitPerBuyer: 2 });
    const buyer = await world.person();
    const first = await anOrder().for(event).by(buyer).quantity(2).reserved().make(world);
    const second = await anOrder().for(event).by(buyer).quantity(2).make(world);
    expect((await world.reserve(second.id, buyer)).status).toBe(409);

    await end(first.id, buyer);

    expect((await world.reserve(second.id, buyer)).status).toBe(200);
    expect(await usage(event, buyer)).toBe(2);
  });

  it('is given back when a paid order is refunded, ticket by ticket', async () => {
    const event = await world.createEvent({ purchaseLimitPerBuyer: 3 });
    const buyer = await world.person();
    const order = await anOrder().for(event).by(buyer).quantity(3).completed().make(world);
    const { items } = await world.order(order.id);

    await world.refund(order.id, { items: [{ itemId: items[0]?.id, quantity: 1 }] }, buyer);
    await world.settle();
    expect(await usage(event, buyer)).toBe(2);
    await world.refund(order.id, {}, buyer);
    await world.settle();
    expect(await usage(event, buyer)).toBe(0);
  });

  it('counts each buyer alone', async () => {
    const event = await world.createEvent({ purchaseLimitPerBuyer: 1 });

    const orders = await Promise.all(
      [await world.person(), await world.person()].map((buyer) =>
        anOrder().for(event).by(buyer).reserved().make(world),
      ),
    );

    expect(orders).toHaveLength(2);
  });
});

describe('a promo code', () => {
  async function promo(terms: {
    readonly percentBps?: number;
    readonly amountCents?: number;
    readonly max?: number;
    readonly maxPerBuyer?: number;
  }): Promise<string> {
    const code = `SAVE${randomUUID().slice(0, 8).toUpperCase()}`;
    await world.rows(
      `insert into promo_codes (tenant_id, id, code, kind, percent_bps, amount_cents, currency, max_redemptions,
         max_redemptions_per_buyer, created_at, created_by, reason)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(), 'test', 'test')`,
      [
        world.buyer.tenantId,
        randomUUID(),
        code,
        terms.percentBps === undefined ? 'fixed' : 'percentage',
        terms.percentBps ?? null,
        terms.amountCents ?? null,
        terms.amountCents === undefined ? null : 'USD',
        terms.max ?? null,
        terms.maxPerBuyer ?? null,
      ],
    );
    return code;
  }

  async function redemptions(code: string): Promise<number | undefined> {
    const [row] = await world.rows<{ redemptions: number }>(
      'select redemptions from promo_codes where code = $1',
      [code],
    );
    return row?.redemptions;
  }

  function createWith(event: TestEvent, promoCode: string, buyer?: Client): ReturnType<World['createOrder']> {
    return world.createOrder(event, { promoCode }, buyer);
  }

  it('takes off what it says, before fees and tax', async () => {
    const event = await world.createEvent();
    const code = await promo({ percentBps: 2_500 });

    const { status, body } = await createWith(event, code);

    // 7,500 + 375 fee + 248 processing + 650 tax.
    expect([status, body]).toMatchObject([
      201,
      { discountCents: 2_500, totalCents: 8_773, discounts: [{ code, amountCents: 2_500 }] },
    ]);
  });

  it('is used exactly as often as it may be by forty creates at once, on two processes', async () => {
    const event = await world.createEvent();
    const code = await promo({ percentBps: 1_000, max: 10 });

    const answers = await Promise.all(Array.from({ length: 40 }, () => createWith(event, code)));

    const statuses = answers.map(
      ({ status, body }) => `${status} ${String(Reflect.get(body, 'code') ?? '')}`,
    );
    expect(statuses.filter((status) => status === '201 ')).toHaveLength(10);
    expect(statuses.filter((status) => status === '409 PROMO_EXHAUSTED')).toHaveLength(30);
    expect(await redemptions(code)).toBe(10);
  });

  it('is used once by a buyer who creates twenty orders at once when each may use it once', async () => {
    const event = await world.createEvent();
    const code = await promo({ percentBps: 1_000, maxPerBuyer: 1 });
    const buyer = await world.person();

    const answers = await Promise.all(Array.from({ length: 20 }, () => createWith(event, code, buyer)));

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await redemptions(code)).toBe(1);
  });

  it.each([
    ['cancelled', (id: string): Promise<unknown> => world.cancel(id)],
    ['expired by the route', (id: string): Promise<unknown> => world.expire(id)],
    [
      'expired by the job',
      async (): Promise<unknown> => {
        await world.timePasses({ minutes: 31 });
        return world.runJob('expiration');
      },
    ],
  ])('may be used again when the order that used it is %s', async (_name, end) => {
    const event = await world.createEvent();
    const code = await promo({ amountCents: 1_000, max: 1 });
    const first = await createWith(event, code);
    expect((await createWith(event, code)).status).toBe(409);

    await end(first.body.id);

    expect(await redemptions(code)).toBe(0);
    expect((await createWith(event, code)).status).toBe(201);
  });

  it('of 100 % makes an order that is CONFIRMED at reserve, without any payment', async () => {
    const event = await world.createEvent();
    const code = await promo({ percentBps: 10_000 });
    const created = await createWith(event, code);
    const before: OrderView = created.body;

    const { status, body } = await world.reserve(before.id);
    await world.settle();

    expect(before).toMatchObject({ discountCents: 10_000, totalCents: 0 });
    const reserved: ReservedView = body;
    expect([status, reserved]).toMatchObject([200, { status: 'CONFIRMED', version: 3, payment: null }]);
    expect(await world.order(before.id)).toMatchObject({
      status: 'COMPLETED',
      tickets: [{ status: 'ISSUED' }],
    });
    expect(await world.deeds(before.id)).toEqual(['reserve executed', 'confirm executed']);
    expect(await world.history(before.id)).toEqual([
      'order.created',
      'order.reserved',
      'order.confirmed',
      'order.completed',
    ]);
  });

  it('of 100 % : the order is cancelled without a refund, and its seat is free again', async () => {
    const event = await world.createEvent({ capacity: 1 });
    const order = await anOrder()
      .for(event)
      .promo(await promo({ percentBps: 10_000 }))
      .make(world);
    await world.siblings.fault({ service: 'ticket-service', operation: 'confirm', mode: 'error-before' });
    await world.reserve(order.id);
    await world.idle();

    const { status } = await world.cancel(order.id);
    await world.siblings.clearFaults();
    await world.settle();

    expect(status).toBe(200);
    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 0 });
    expect(await world.refunds(order.id)).toEqual([]);
    const { stock } = await world.ledger();
    expect(stock.find(({ ticketTypeId }) => ticketTypeId === event.ticketTypes[0]?.id)).toMatchObject({
      held: 0,
      sold: 0,
    });
  });

  it.each([
    ['does not exist', 'NO-SUCH-CODE'],
    ['belongs to another tenant', null],
  ])('is PROMO_INVALID when it %s', async (_name, given) => {
    const stranger = await world.person({ tenantId: randomUUID() });
    const event = await world.createEvent({ tenantId: stranger.tenantId });
    const promoCode = given ?? (await promo({ percentBps: 1_000 }));

    const { status, body } = await createWith(event, promoCode, stranger);

    expect([status, body]).toMatchObject([422, { code: 'PROMO_INVALID' }]);
  });
});
