import { z } from 'zod';
import { checkBooks } from '../../scripts/invariants/check-books.js';
import { loadBooksAtRest } from '../../scripts/invariants/load-books.js';
import { Clients } from './clients.js';
import { Orders, type ReadyOrder } from './orders-for-cases.js';
import { Stack, until, type ServiceProcess } from './stack.js';

const WITHIN_MS = 90_000;
const END_WITHIN_MS = 20_000;
/** Long enough for a kill to come in the middle of the call. */
const SLOW_MS = 2_500;

const faultList = z.object({ faults: z.array(z.object({ operation: z.string(), fired: z.number() })) });

describe('order-service killed by SIGKILL', () => {
  const clients = new Clients();
  let stack: Stack;
  let orders: Orders;
  let service: ServiceProcess;

  beforeAll(async () => {
    stack = await Stack.start();
    orders = await Orders.of(stack, clients);
    service = await stack.service();
  }, WITHIN_MS);

  afterAll(async () => {
    await stack.stop();
  }, WITHIN_MS);

  /** Kills the service while the sibling is busy with the call that `begin` leads to, and starts it again. */
  async function killedDuring(
    sibling: string,
    operation: string,
    order: ReadyOrder,
    begin: () => Promise<unknown>,
  ): Promise<void> {
    await stack.askSandbox('PUT', '/sandbox/faults', {
      service: sibling,
      operation,
      mode: 'latency',
      ms: SLOW_MS,
      times: 1,
    });
    const begun = begin();
    await until(`${operation} is under way`, END_WITHIN_MS, async () => {
      const { faults } = faultList.parse(await stack.askSandbox('GET', '/sandbox/faults'));
      return faults.some((fault) => fault.operation === operation && fault.fired > 0);
    });
    await service.kill();
    await begun;
    await stack.askSandbox('DELETE', '/sandbox/faults');
    service = await stack.service();
    await orders.leasesRunOut(order);
  }

  async function comesTo(status: string, order: ReadyOrder): Promise<void> {
    await until(`the order is ${status}`, END_WITHIN_MS, async () => {
      return (await orders.status(order)) === status;
    });
    const books = await loadBooksAtRest(
      { databaseUrl: stack.databaseUrl, sandboxUrl: stack.sandboxUrl },
      { patienceMs: END_WITHIN_MS, exchanges: clients.exchanges },
    );
    expect(checkBooks(books)).toEqual([]);
  }

  it(
    'in the middle of a purchase, and again before the payment is told: one charge, and the tickets',
    async () => {
      const order = await orders.readyFor('reserve', service);
      const wish = orders.wish('reserve', order);
      await killedDuring('payment-service', 'create-intent', order, () => clients.ask(service, wish));
      const reserved = await clients.insist(service, wish);
      const { payment } = z.object({ payment: z.object({ intentId: z.string() }) }).parse(reserved.body);

      await service.kill();
      await stack.askSandbox('POST', `/sandbox/payment-intents/${payment.intentId}/pay`, {});
      service = await stack.service();
      await stack.askSandbox('PUT', '/sandbox/settings', { orderServiceUrl: service.url });

      await comesTo('COMPLETED', order);
    },
    WITHIN_MS,
  );

  it(
    'in the middle of a refund: the money goes back once, without anybody asking again',
    async () => {
      const order = await orders.readyFor('refund', service);
      await killedDuring('payment-service', 'refund', order, () =>
        clients.ask(service, orders.wish('refund', order)),
      );

      await comesTo('REFUNDED', order);
    },
    WITHIN_MS,
  );

  it(
    'in the middle of an expiry: the seats go back after the intent is dead',
    async () => {
      const order = await orders.readyFor('expire', service);
      await killedDuring('payment-service', 'cancel-intent', order, () => orders.deadlinePasses(order));

      await comesTo('EXPIRED', order);
    },
    WITHIN_MS,
  );

  it(
    'in the middle of an expiry whose buyer pays meanwhile: the money came first, and buys the tickets',
    async () => {
      const order = await orders.readyFor('expire', service);
      await orders.paid(order);
      await killedDuring('payment-service', 'get-intent', order, () => orders.deadlinePasses(order));

      await comesTo('COMPLETED', order);
    },
    WITHIN_MS,
  );
});
