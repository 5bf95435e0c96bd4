import { aKey, anOrder, World } from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world.stop();
});

describe('a key that is used again after its time', () => {
  it.each(['cancel', 'refund'] as const)('belongs to a new %s, whose If-Match counts', async (verb) => {
    const order = await anOrder()
      .for({ startsInHours: 24 * 365 })
      .quantity(2)
      .completed()
      .make(world);
    const { version, items } = await world.order(order.id);
    const options = { key: aKey(), headers: { 'if-match': `"v${version}"` } };
    const path = `/api/v1/orders/${order.id}/${verb}`;
    const first = await world.refund(
      order.id,
      { items: [{ itemId: items[0]?.id, quantity: 1 }] },
      world.buyer,
      options,
    );
    await world.settle();
    await world.timePasses({ minutes: 60 * 24 * 100 });

    const stale = await world.buyer.post(path, verb === 'refund' ? { reason: 'ill' } : {}, options);

    expect(first.status).toBe(202);
    expect(stale).toMatchObject({ status: 412, body: { code: 'VERSION_MISMATCH' } });
    expect(await world.refunds(order.id)).toHaveLength(1);
  });

  it('is never the key of two refunds, which stay on record under it', async () => {
    const order = await anOrder()
      .for({ startsInHours: 24 * 365 })
      .quantity(2)
      .completed()
      .make(world);
    const { items } = await world.order(order.id);
    const key = aKey();
    await world.refund(order.id, { items: [{ itemId: items[0]?.id, quantity: 1 }] }, world.buyer, { key });
    await world.settle();
    await world.timePasses({ minutes: 60 * 24 * 100 });

    const again = await world.refund(order.id, {}, world.buyer, { key });

    expect(again).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await world.refunds(order.id)).toHaveLength(1);
  });
});
