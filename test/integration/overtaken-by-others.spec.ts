import { FencedOff } from '@app/platform';
import { TicketCatalog } from '@app/tickets';
import { AdvanceFence } from '../../libs/orders/src/effects/advance-fence.js';
import { aKey, anOrder, World, type Answer } from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(async () => {
  await world.stop();
});

describe('a refund', () => {
  it('of what an admin has paid back as goodwill before is refused, with nothing left to pay', async () => {
    const order = await anOrder().completed().make(world);
    const { totalCents: amountCents } = order;
    const goodwill = await world.refund(order.id, { amountCents }, world.admin);

    const answer = await world.refund(order.id);

    expect(goodwill).toMatchObject({ status: 202, body: { amountCents } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'REFUND_EXCEEDS_REFUNDABLE' } });
    expect(await world.refunds(order.id)).toHaveLength(1);
  });
});

describe('a request that was overtaken', () => {
  it('by the worker hears that the order has expired', async () => {
    const order = await anOrder().reserved().make(world);
    const fence = world.get(AdvanceFence);
    const real = fence.advance.bind(fence);
    jest.spyOn(fence, 'advance').mockImplementationOnce(async (...given) => {
      await real(...given);
      throw new FencedOff('the worker ended it');
    });

    const { status, body } = await world.expire(order.id);

    expect([status, body.status]).toEqual([200, 'EXPIRED']);
  });

  it('by its twin hears what the twin heard, although the price has changed since', async () => {
    const order = await anOrder().pending().make(world);
    const key = aKey();
    const catalog = world.get(TicketCatalog);
    const real = catalog.event.bind(catalog);
    const twin: Answer<unknown>[] = [];
    jest.spyOn(catalog, 'event').mockImplementationOnce(async (...given) => {
      await world.siblings.changeTicketType(order.event.ticketTypes[0]?.id ?? '', { unitPriceCents: 1 });
      world.forgetCatalogue(order.event);
      twin.push(await world.reserve(order.id, world.buyer, { key }));
      world.forgetCatalogue(order.event);
      return real(...given);
    });
    world.forgetCatalogue(order.event);

    const answer = await world.reserve(order.id, world.buyer, { key });
    const again = await world.reserve(order.id, world.buyer, { key });

    expect(twin).toMatchObject([{ status: 409, body: { code: 'PRICE_CHANGED' } }]);
    expect([again.status, again.text]).toEqual([twin[0]?.status, twin[0]?.text]);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      409,
      again.headers.get('content-type'),
    ]);
  });
});
