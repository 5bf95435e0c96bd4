import { World, type Client, type TestEvent } from '../support/world/index.js';

const LIMIT = 10;
const PARALLEL = 100;

let world: World;

beforeAll(async () => {
  world = await World.start({ instances: 3 });
});

afterAll(async () => {
  await world.stop();
});

interface Bought {
  readonly id: string;
  readonly quantity: number;
  readonly status: number;
  readonly code: unknown;
}

/** The whole way of one order: created and reserved at once, as a script of a reseller would do it. */
async function buy(event: TestEvent, buyer: Client, quantity: number): Promise<Bought> {
  const { body } = await world.createOrder(event, { quantity }, buyer);
  const answer = await world.reserve(body.id, buyer);
  return { id: body.id, quantity, status: answer.status, code: Reflect.get(answer.body, 'code') };
}

/** What is counted, what is live, and what ticket-service holds: three books of one number. */
async function books(event: TestEvent, buyer: Client): Promise<Readonly<Record<string, number>>> {
  const [row] = await world.rows<{ counted: number; live: number; claimed: number }>(
    `select (select coalesce(sum(quantity), 0)::int from buyer_event_usage where event_id = $1 and user_id = $2) as counted,
            (select coalesce(sum(c.quantity), 0)::int from purchase_limit_claims c
               join orders o on o.tenant_id = c.tenant_id and o.id = c.order_id
              where o.event_id = $1 and o.user_id = $2) as claimed,
            (select coalesce(sum(i.quantity), 0)::int from orders o
               join order_items i on i.tenant_id = o.tenant_id and i.order_id = o.id
              where o.event_id = $1 and o.user_id = $2 and o.status in ('RESERVED', 'CONFIRMED', 'COMPLETED')) as live`,
    [event.id, buyer.id],
  );
  const { stock } = await world.ledger();
  const held = stock.find(({ ticketTypeId }) => ticketTypeId === event.ticketTypes[0]?.id)?.held ?? 0;
  return { counted: row?.counted ?? -1, claimed: row?.claimed ?? -1, live: row?.live ?? -1, held };
}

function all(count: number): Readonly<Record<string, number>> {
  return { counted: count, claimed: count, live: count, held: count };
}

async function fillUp(event: TestEvent, buyer: Client, count: number): Promise<readonly Bought[]> {
  return Promise.all(Array.from({ length: count }, () => buy(event, buyer, 1)));
}

describe('the purchase limit of one buyer at three processes', () => {
  it('is met exactly by a hundred orders that are created and reserved at once', async () => {
    const event = await world.createEvent({ capacity: 1_000, purchaseLimitPerBuyer: LIMIT });
    const buyer = await world.person();

    const bought = await fillUp(event, buyer, PARALLEL);

    expect(bought.filter(({ status }) => status === 200)).toHaveLength(LIMIT);
    const refused = bought.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status, code }) => `${status} ${String(code)}`))).toEqual(
      new Set(['409 PURCHASE_LIMIT_EXCEEDED']),
    );
    expect(await books(event, buyer)).toEqual(all(LIMIT));
  });

  it('is never passed by orders of one to three tickets, and what is left of it can still be bought', async () => {
    const event = await world.createEvent({ capacity: 1_000, purchaseLimitPerBuyer: LIMIT });
    const buyer = await world.person();

    const mixed = await Promise.all(
      Array.from({ length: PARALLEL / 2 }, (_entry, n) => buy(event, buyer, 1 + (n % 3))),
    );
    const taken = mixed
      .filter(({ status }) => status === 200)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    expect(taken).toBeLessThanOrEqual(LIMIT);
    expect(await books(event, buyer)).toEqual(all(taken));

    await fillUp(event, buyer, PARALLEL / 4);
    expect(await books(event, buyer)).toEqual(all(LIMIT));
  });

  it('is exact again after reservations were cancelled and expired while others were made', async () => {
    const event = await world.createEvent({ capacity: 1_000, purchaseLimitPerBuyer: LIMIT });
    const buyer = await world.person();
    const first = (await fillUp(event, buyer, LIMIT)).filter(({ status }) => status === 200);

    await Promise.all([
      ...first.slice(0, 4).map(({ id }) => world.cancel(id, buyer)),
      ...first.slice(4, 8).map(({ id }) => world.expire(id)),
      fillUp(event, buyer, PARALLEL / 2),
    ]);
    await world.settle();

    const between = await books(event, buyer);
    expect(between).toEqual(all(between['counted'] ?? -1));
    expect(between['counted']).toBeLessThanOrEqual(LIMIT);
    await fillUp(event, buyer, PARALLEL / 4);
    expect(await books(event, buyer)).toEqual(all(LIMIT));
  });

  it('is whole again when everything has ended', async () => {
    const event = await world.createEvent({ capacity: 1_000, purchaseLimitPerBuyer: LIMIT });
    const buyer = await world.person();
    const reserved = (await fillUp(event, buyer, LIMIT)).filter(({ status }) => status === 200);

    await Promise.all(
      reserved.map(({ id }, n) => (n % 2 === 0 ? world.cancel(id, buyer) : world.expire(id))),
    );
    await world.settle();

    expect(await books(event, buyer)).toEqual(all(0));
  });
});
