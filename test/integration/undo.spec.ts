import { AdvanceReserving } from '../../libs/orders/src/effects/advance-reserving.js';
import { eventually } from '../support/eventually.js';
import { anOrder, World } from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await world.siblings.clearFaults();
});

afterAll(async () => {
  await world.stop();
});

/** The process dies at this step of its next reserve: nothing it would have written afterwards is written. */
function processDiesAt(step: 'holdSeats' | 'openIntent' | 'reserve'): void {
  const reserving = world.get(AdvanceReserving);
  const advance = reserving.advance.bind(reserving);
  jest.spyOn(reserving, 'advance').mockImplementation(async (...given) => {
    Reflect.set(reserving, step, () => Promise.reject(new Error('the process died')));
    try {
      return await advance(...given);
    } finally {
      Reflect.deleteProperty(reserving, step);
    }
  });
}

/** Its leases run out, its undo becomes due, and a worker finds it. */
async function workerCleansUp(): Promise<void> {
  jest.restoreAllMocks();
  await world.holdersAreGone();
  await world.runJob('effects');
  await world.settle();
}

const DEATHS = [
  [
    'before it asked anybody',
    'holdSeats',
    ['create-intent executed', 'cancel-intent executed', 'release executed'],
  ],
  [
    'after the seats were held',
    'openIntent',
    ['reserve executed', 'create-intent executed', 'cancel-intent executed', 'release executed'],
  ],
  [
    'after the intent was opened, before the commit',
    'reserve',
    [
      'reserve executed',
      'create-intent executed',
      'create-intent replayed',
      'cancel-intent executed',
      'release executed',
    ],
  ],
] as const;

describe('a reserve whose process died', () => {
  it.each(DEATHS)(
    '%s leaves a PENDING order, no hold and no intent that can be paid',
    async (_when, step, deeds) => {
      const order = await anOrder().quantity(2).make(world);
      processDiesAt(step);
      expect((await world.reserve(order.id)).status).toBe(500);
      expect(await world.order(order.id)).toMatchObject({ status: 'PENDING', pendingAction: 'reserve' });

      await workerCleansUp();

      expect(await world.order(order.id)).toMatchObject({
        status: 'PENDING',
        pendingAction: null,
        allowedActions: ['reserve', 'cancel'],
      });
      expect(await world.deeds(order.id)).toEqual(deeds);
      const { stock, intents } = await world.ledger(order.id);
      expect(stock.find(({ ticketTypeId }) => ticketTypeId === order.event.ticketTypes[0]?.id)).toMatchObject(
        {
          held: 0,
          sold: 0,
        },
      );
      expect(intents).toMatchObject([{ status: 'canceled' }]);
      expect(await world.history(order.id)).toEqual(['order.created', 'order.reserve_undone']);
    },
  );

  it('can be reserved again with the next generation, and bought', async () => {
    const order = await anOrder().make(world);
    processDiesAt('reserve');
    await world.reserve(order.id);
    await workerCleansUp();

    const again = await world.reserve(order.id);
    await world.siblings.pay(again.body.payment?.intentId ?? '');
    await world.confirm(order.id, again.body.payment?.intentId ?? '');
    await world.settle();

    expect(again.status).toBe(200);
    expect(await world.order(order.id)).toMatchObject({ status: 'COMPLETED' });
    const { entries, intents } = await world.ledger(order.id);
    expect(intents.map(({ status }) => status)).toEqual(['canceled', 'succeeded']);
    expect(entries.filter(({ operation }) => operation === 'reserve').map(({ key }) => key)).toEqual([
      `reserve:${order.id}:1`,
      `reserve:${order.id}:2`,
    ]);
  });

  it('may be reserved again while its undo still runs', async () => {
    const order = await anOrder().make(world);
    processDiesAt('reserve');
    await world.reserve(order.id);
    jest.restoreAllMocks();
    await world.siblings.fault({
      service: 'payment-service',
      operation: 'cancel-intent',
      mode: 'error-before',
    });
    await world.holdersAreGone();
    await world.runJob('effects');

    const again = await world.reserve(order.id);
    await world.siblings.clearFaults();
    await world.settle();

    expect([again.status, again.body.status]).toEqual([200, 'RESERVED']);
    const { intents, stock } = await world.ledger(order.id);
    expect(intents.map(({ status }) => status)).toEqual(['canceled', 'requires_payment_method']);
    expect(stock.find(({ ticketTypeId }) => ticketTypeId === order.event.ticketTypes[0]?.id)).toMatchObject({
      held: 1,
    });
  });

  it('is taken over by the same request with the same generation while its undo is not due', async () => {
    const order = await anOrder().make(world);
    processDiesAt('reserve');
    const key = '0190a000-0000-7000-8000-00000000d1ed';
    await world.reserve(order.id, world.buyer, { key });
    jest.restoreAllMocks();
    await world.timePasses({ minutes: 0.4 });

    const again = await world.reserve(order.id, world.buyer, { key });

    expect([again.status, again.body.status]).toEqual([200, 'RESERVED']);
    expect(await world.deeds(order.id)).toEqual([
      'reserve executed',
      'create-intent executed',
      'reserve replayed',
      'create-intent replayed',
    ]);
  });

  it('gives the purchase limit back', async () => {
    const event = await world.createEvent({ purchaseLimitPerBuyer: 2 });
    const buyer = await world.person();
    const order = await anOrder().for(event).by(buyer).quantity(2).make(world);
    processDiesAt('openIntent');
    await world.reserve(order.id, buyer);
    await workerCleansUp();

    const other = await anOrder().for(event).by(buyer).quantity(2).reserved().make(world);

    expect(await world.order(other.id)).toMatchObject({ status: 'RESERVED' });
  });
});

describe('a holder that was overtaken by the undo', () => {
  it('writes nothing when it wakes: the order stays PENDING and its seats are free', async () => {
    const order = await anOrder().for({ capacity: 1 }).make(world);
    await world.siblings.fault({
      service: 'payment-service',
      operation: 'create-intent',
      mode: 'latency',
      ms: 1_200,
      times: 1,
    });
    const frozen = world.reserve(order.id);
    await eventually('the reserve is held up', async () => (await world.siblings.strikes()) === 1);
    await world.holdersAreGone();
    await world.runJob('effects');

    const { status, body } = await frozen;
    await world.settle();

    expect([status, body]).toMatchObject([409, { code: 'ORDER_BUSY' }]);
    expect(await world.order(order.id)).toMatchObject({ status: 'PENDING', pendingAction: null });
    const { stock, intents } = await world.ledger(order.id);
    expect(stock.find(({ ticketTypeId }) => ticketTypeId === order.event.ticketTypes[0]?.id)).toMatchObject({
      held: 0,
    });
    expect(intents.every((intent) => intent.status === 'canceled')).toBe(true);
  });
});
