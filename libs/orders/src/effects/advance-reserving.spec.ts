import type { AppError } from '@app/kernel';
import type { PaymentServiceClient } from '@app/payments';
import type { Database, SecretBox } from '@app/platform';
import type { Order } from '../domain/order.js';
import { OPERATION_LEASE_MS } from '../persistence/operations.store.js';
import type { OrderStores } from '../persistence/order-stores.js';
import { anOrder, NOW } from '../testing/builders.js';
import type { Refusals } from '../use-cases/refusals.js';
import { AdvanceReserving } from './advance-reserving.js';
import { openIntentEffect, reserveTicketsEffect } from './catalog.js';
import type { HoldOutcome, TicketHolds } from './ticket-holds.js';

const worker = { requestId: 'worker-1', pool: 'worker' } as const;
const begun = { op: 'reserving', opStartedAt: NOW, opFence: 1 } as const;
const order: Order = {
  ...anOrder(),
  ...begun,
  id: 'order-1',
  opLeaseUntil: new Date(NOW.getTime() + OPERATION_LEASE_MS),
};
const calls = [reserveTicketsEffect(order, 'operation', NOW), openIntentEffect(order)];
const opened = { kind: 'done', body: { paymentIntentId: 'pi_1', clientSecret: 'secret' } };

interface Siblings {
  readonly seats?: HoldOutcome;
  readonly intent?: object;
  /** How many effects of the undo were still armed. */
  readonly armed?: number;
}

/** The second half of a reserve with no database: what it would write down is kept. */
class Bench {
  readonly changes: object[] = [];
  readonly audited: object[] = [];
  readonly saved: object[] = [];

  constructor(private readonly siblings: Siblings) {}

  async advance(given: Order = order, planned = calls): Promise<unknown> {
    const { seats = { kind: 'held' }, intent = opened } = this.siblings;
    const holds = { hold: () => Promise.resolve(seats) } as unknown as TicketHolds;
    const payments = { openIntent: () => Promise.resolve(intent) } as unknown as PaymentServiceClient;
    const secrets = { seal: () => 'sealed' } as unknown as SecretBox;
    const reserving = new AdvanceReserving(
      holds,
      payments,
      this.database(),
      this.stores(given),
      {} as unknown as Refusals,
      secrets,
    );
    return reserving.advance(given, planned, 60_000, worker);
  }

  private database(): Database {
    const tx = { now: NOW, refuse: (error: AppError) => Promise.reject(error) };
    return {
      transaction: async (_scope: object, work: (given: typeof tx) => Promise<unknown>) => work(tx),
    } as unknown as Database;
  }

  private stores(held: Order): OrderStores {
    return {
      operations: { held: () => Promise.resolve(held) },
      effects: {
        change: (_tx: object, _orderId: string, change: object) => {
          this.changes.push(change);
          return Promise.resolve(this.siblings.armed ?? 2);
        },
      },
      payments: { opened: () => Promise.resolve() },
      limits: { giveBack: () => Promise.resolve() },
      orders: {
        save: (_tx: object, _before: Order, after: Order) => {
          this.saved.push(after);
          return Promise.resolve();
        },
      },
      audit: {
        append: (_tx: object, entry: object) => {
          this.audited.push(entry);
          return Promise.resolve();
        },
      },
      move: (_tx: object, before: Order, _verb: string, { also }: { also: Partial<Order> }) =>
        Promise.resolve({ ...before, ...also, status: 'RESERVED', op: null }),
    } as unknown as OrderStores;
  }
}

describe('a reserve that the worker continues', () => {
  it('answers nobody, and reserves the order all the same', async () => {
    const bench = new Bench({});

    await expect(bench.advance()).resolves.toMatchObject({ status: 200 });
    expect(bench.changes).toMatchObject([
      { from: 'armed', to: 'disarmed' },
      { from: 'pending', to: 'done' },
    ]);
  });

  it('stops when the plan does not say which seats to hold', async () => {
    await expect(new Bench({}).advance(order, [])).rejects.toThrow(
      'Order order-1 is reserving without a planned hold.',
    );
  });

  it.each<[string, HoldOutcome, object]>([
    ['were given back by somebody else', { kind: 'released' }, { name: 'FencedOff' }],
    ['were asked for with other bytes', { kind: 'key-reused' }, { code: 'UPSTREAM_UNAVAILABLE' }],
    [
      'wait in too long a queue',
      { kind: 'not-sent', reason: 'queue-full' },
      { code: 'UPSTREAM_UNAVAILABLE' },
    ],
    ['wait for a lock', { kind: 'not-sent', reason: 'lock-timeout' }, { code: 'LOCK_TIMEOUT' }],
  ])('writes nothing when its seats %s', async (_name, seats, error) => {
    const bench = new Bench({ seats });

    await expect(bench.advance()).rejects.toMatchObject(error);
    expect(bench).toMatchObject({ changes: [], audited: [], saved: [] });
  });

  it('leaves the order to whoever began to undo it', async () => {
    const bench = new Bench({ armed: 0 });

    await expect(bench.advance()).rejects.toMatchObject({ name: 'FencedOff' });
    expect(bench.changes).toHaveLength(1);
  });

  it('records a currency nobody takes as refused by the service itself, and gives the seats back', async () => {
    const bench = new Bench({ intent: { kind: 'refused', code: 'CURRENCY_NOT_SUPPORTED' } });

    await expect(bench.advance()).rejects.toMatchObject({
      code: 'AMOUNT_OUT_OF_RANGE',
      detail: expect.stringContaining(`payment-service does not take ${order.currency}`) as string,
    });
    expect(bench.audited).toMatchObject([
      { type: 'order.reserve_refused', actor: { kind: 'system', id: 'order-service' } },
    ]);
    expect(bench.changes).toMatchObject([
      { from: 'pending', to: 'refused' },
      { from: 'armed', to: 'superseded', kinds: ['payments.cancel'] },
      { from: 'armed', to: 'pending' },
    ]);
    expect(bench.saved).toMatchObject([{ op: null, generationOpen: false }]);
  });

  it.each([
    ['an earlier holder began', new Date(NOW.getTime() + OPERATION_LEASE_MS + 1)],
    ['has no lease any more', null],
  ])('undoes everything of a refused reserve that %s, whose calls may still arrive', async (_name, lease) => {
    const bench = new Bench({ seats: { kind: 'insufficient', unavailable: [] } });

    await expect(bench.advance({ ...order, opLeaseUntil: lease })).rejects.toMatchObject({
      code: 'TICKETS_UNAVAILABLE',
    });
    expect(bench.changes).toMatchObject([
      { from: 'pending', to: 'refused' },
      { generation: order.generation, from: 'armed', to: 'pending' },
    ]);
  });
});
