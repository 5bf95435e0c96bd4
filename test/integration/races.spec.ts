import { anOrder, World, type GivenOrder } from '../support/world/index.js';

const ROUNDS = 3;

let world: World;

beforeAll(async () => {
  world = await World.start({ instances: 2 });
});

afterAll(async () => {
  await world.stop();
});

interface Books {
  readonly status: string;
  readonly netCents: number;
  readonly held: number | undefined;
  readonly sold: number | undefined;
}

/** What three books say about an order at rest: ours, payment-service's and ticket-service's. */
async function booksOf(order: GivenOrder): Promise<Books> {
  const { status, pendingAction, pendingRefundCents } = await world.order(order.id);
  expect([pendingAction, pendingRefundCents]).toEqual([null, 0]);
  const { intents, stock } = await world.ledger(order.id);
  const paid = intents.reduce((sum, intent) => sum + intent.amountReceivedCents - intent.refundedCents, 0);
  const row = stock.find(({ ticketTypeId }) => ticketTypeId === order.event.ticketTypes[0]?.id);
  return { status, netCents: paid, held: row?.held, sold: row?.sold };
}

const KEPT: readonly Books[] = [{ status: 'COMPLETED', netCents: 23_339, held: 0, sold: 2 }];
const ENDED: readonly Books[] = ['CANCELLED', 'EXPIRED', 'REFUNDED'].map((status) => ({
  status,
  netCents: 0,
  held: 0,
  sold: 0,
}));
const RESERVED: readonly Books[] = [{ status: 'RESERVED', netCents: 0, held: 2, sold: 0 }];

type Race = readonly [
  name: string,
  stage: 'pending' | 'reserved' | 'paid' | 'confirmed' | 'completed',
  verbs: (order: GivenOrder) => readonly Promise<unknown>[],
  ends: readonly Books[],
];

const RACES: readonly Race[] = [
  [
    'reserve and cancel',
    'pending',
    ({ id }) => [world.reserve(id), world.cancel(id)],
    [...RESERVED, ...ENDED],
  ],
  [
    'reserve and expire',
    'pending',
    ({ id }) => [world.reserve(id), world.expire(id)],
    [...RESERVED, ...ENDED],
  ],
  ['cancel and expire', 'reserved', ({ id }) => [world.cancel(id), world.expire(id)], ENDED],
  [
    'cancel and the payment',
    'reserved',
    ({ id, intentId }) => [world.cancel(id), world.siblings.pay(intentId).catch(() => 'canceled already')],
    ENDED,
  ],
  [
    'confirm and cancel',
    'paid',
    ({ id, intentId }) => [world.confirm(id, intentId), world.cancel(id)],
    [...KEPT, ...ENDED],
  ],
  ['confirm and expire', 'paid', ({ id, intentId }) => [world.confirm(id, intentId), world.expire(id)], KEPT],
  [
    'confirm, cancel and expire, each twice',
    'paid',
    ({ id, intentId }) => [
      world.cancel(id),
      world.confirm(id, intentId),
      world.expire(id),
      world.confirm(id, intentId),
      world.cancel(id),
      world.expire(id),
    ],
    [...KEPT, ...ENDED],
  ],
  [
    'the tickets and a cancel',
    'confirmed',
    ({ id }) => [world.runJob('effects'), world.cancel(id)],
    [...KEPT, ...ENDED],
  ],
  [
    'a refund and a late cancel',
    'completed',
    ({ id }) => [world.refund(id), world.cancel(id)],
    [{ status: 'REFUNDED', netCents: 0, held: 0, sold: 0 }],
  ],
];

describe('verbs that meet on one order', () => {
  it.each(RACES)(
    '%s: money and seats end together, kept or given back',
    async (_name, stage, verbs, ends) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const order = await anOrder().quantity(2)[stage]().make(world);

        await Promise.all(verbs(order));
        await world.settle();

        expect(ends).toContainEqual(await booksOf(order));
      }
    },
  );

  it('never answers any of them 500', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, intentId } = await anOrder().paid().make(world);

      const answers = await Promise.all([
        world.reserve(id),
        world.cancel(id),
        world.confirm(id, intentId),
        world.refund(id),
        world.expire(id),
        world.cancel(id),
        world.reserve(id),
      ]);
      await world.settle();

      for (const { status, text } of answers) expect([status, text]).not.toEqual([500, text]);
    }
  });
});
