import { AppError } from '@app/kernel';
import { BulkWorker, type OperationBody } from '@app/orders';
import { BulkItemsStore } from '../../libs/orders/src/bulk/bulk-items.store.js';
import { CallOffOrder } from '../../libs/orders/src/bulk/call-off-order.js';
import { anOrder, World, type GivenOrder } from '../support/world/index.js';

const ROUNDS_MAX = 20;
/** More failed tries than the worker makes of one order. */
const TRIES = 10;

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await world.siblings.clearFaults();
  await world.siblings.settings({ balanceShort: false, refundOutcome: 'succeed' });
});

afterAll(async () => {
  await world.stop();
});

async function callOff(order: GivenOrder): Promise<string> {
  const { status, body } = await world.service.post<OperationBody>('/internal/v1/orders/bulk/cancel', {
    eventId: order.event.id,
    reason: 'The singer is ill.',
  });
  expect(status).toBe(202);
  return body.id;
}

/** One turn of the operation with everything of it due. */
async function turn(operationId: string): Promise<number> {
  await world.rows('update operations set due_at = now() where id = $1', [operationId]);
  await world.rows('update operation_items set due_at = now(), lease_until = null where operation_id = $1', [
    operationId,
  ]);
  return world.get(BulkWorker).run(1);
}

async function operation(operationId: string): Promise<OperationBody> {
  return (await world.service.get<OperationBody>(`/internal/v1/operations/${operationId}`)).body;
}

async function finished(operationId: string): Promise<OperationBody> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await turn(operationId);
    await world.tryAgain();
    const now = await operation(operationId);
    if (now.finishedAt !== null) return now;
  }
  throw new Error(`The operation goes on after ${ROUNDS_MAX} rounds.`);
}

async function items(operationId: string): Promise<unknown> {
  return world.rows('select state, code, attempts from operation_items where operation_id = $1', [
    operationId,
  ]);
}

async function paidBack(order: GivenOrder): Promise<readonly number[]> {
  const { intents } = await world.ledger(order.id);
  return intents.map(({ refundedCents }) => refundedCents);
}

describe('an order that its owner ended between the call-off and its turn', () => {
  it('is done when it was cancelled', async () => {
    const order = await anOrder().reserved().make(world);
    const id = await callOff(order);
    await world.cancel(order.id);
    await world.settle();

    expect(await finished(id)).toMatchObject({ status: 'SUCCEEDED', done: 1, failed: 0 });
    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 0 });
  });

  it('is done when it expired', async () => {
    const order = await anOrder().reserved().make(world);
    const id = await callOff(order);
    await world.expire(order.id);
    await world.settle();

    expect(await finished(id)).toMatchObject({ status: 'SUCCEEDED', done: 1, failed: 0 });
    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED' });
  });

  it.each([
    ['its cancel', () => anOrder().confirmed(), (id: string) => world.cancel(id)],
    ['the refund that it asked for itself', () => anOrder().completed(), (id: string) => world.refund(id)],
  ] as const)(
    'is done only when the money of %s is home, which goes back once',
    async (_whose, given, ask) => {
      const order = await given().make(world);
      const id = await callOff(order);
      await world.siblings.fault({ service: 'payment-service', operation: 'refund', mode: 'error-before' });
      await ask(order.id);
      await world.idle();

      await turn(id);
      const before = await items(id);
      await world.siblings.clearFaults();

      expect(before).toMatchObject([{ state: 'waiting' }]);
      expect(await finished(id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
      expect(await paidBack(order)).toEqual([11_686]);
      expect(await world.refunds(order.id)).toHaveLength(1);
    },
  );
});

describe('a paid order of a called-off event whose tickets were never issued', () => {
  it('is cancelled with every cent back', async () => {
    const order = await anOrder().confirmed().make(world);
    const id = await callOff(order);

    expect(await finished(id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    await world.settle();
    expect(await world.order(order.id)).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'The singer is ill.',
      refundedCents: 11_686,
    });
    expect(await paidBack(order)).toEqual([11_686]);
  });

  it('counts as failed when the bank declines its refund', async () => {
    const order = await anOrder().confirmed().make(world);
    await world.siblings.settings({ refundOutcome: 'fail' });
    const id = await callOff(order);

    const ended = await finished(id);

    expect(ended).toMatchObject({ status: 'FAILED', done: 0, failed: 1 });
    expect(ended.failures).toMatchObject([{ orderId: order.id, code: 'REFUND_FAILED' }]);
    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 0 });
    expect(await world.findings(order.id)).toContain('refund_failed');
  });
});

describe('an operation that paused for lack of money', () => {
  it('goes on by itself when its refunds went through some other way', async () => {
    const order = await anOrder().completed().make(world);
    await world.siblings.settings({ balanceShort: true });
    const id = await callOff(order);
    await turn(id);
    await turn(id);
    const paused = await operation(id);
    await world.siblings.settings({ balanceShort: false });
    await world.settle();

    const lookedAt = await turn(id);

    expect(paused).toMatchObject({ status: 'PAUSED', pauseReason: 'INSUFFICIENT_BALANCE' });
    expect(lookedAt).toBe(0);
    expect(await finished(id)).toMatchObject({ status: 'SUCCEEDED', done: 1, pauseReason: null });
    expect(await paidBack(order)).toEqual([11_686]);
  });
});

describe('an order whose step fails', () => {
  it('is tried again later, and the operation still ends', async () => {
    const order = await anOrder().pending().make(world);
    const id = await callOff(order);
    jest.spyOn(world.get(CallOffOrder), 'step').mockRejectedValueOnce(new Error('connection reset'));

    await turn(id);

    expect(await items(id)).toEqual([{ state: 'queued', code: null, attempts: 1 }]);
    expect(await finished(id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED' });
  });

  it.each([
    ['an error nobody foresaw', new Error('out of memory'), 'INTERNAL'],
    ['a refusal with a code', new AppError('ORDER_STATE_CONFLICT'), 'ORDER_STATE_CONFLICT'],
  ])('is left to people after ten tries that ended with %s', async (_what, error, code) => {
    const order = await anOrder().pending().make(world);
    const id = await callOff(order);
    jest.spyOn(world.get(CallOffOrder), 'step').mockRejectedValue(error);

    for (let attempt = 0; attempt < TRIES; attempt += 1) await turn(id);
    const left = await items(id);
    const ended = await finished(id);

    expect(left).toEqual([{ state: 'failed', code, attempts: TRIES }]);
    expect(ended).toMatchObject({ status: 'FAILED', done: 0, failed: 1 });
    expect(ended.failures).toMatchObject([{ orderId: order.id, code }]);
    expect(JSON.stringify(ended.failures)).not.toContain('out of memory');
    expect(await world.order(order.id)).toMatchObject({ status: 'PENDING' });
  });

  it('is left alone when another worker was faster', async () => {
    const order = await anOrder().pending().make(world);
    const id = await callOff(order);
    const callOffOrder = world.get(CallOffOrder);
    const step = callOffOrder.step.bind(callOffOrder);
    jest.spyOn(callOffOrder, 'step').mockImplementationOnce(async (...given) => {
      await step(...given);
      return step(...given);
    });

    await turn(id);

    expect(await items(id)).toEqual([{ state: 'done', code: null, attempts: 1 }]);
    expect(await finished(id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
  });

  it('fails the round when its trouble cannot even be written down, and the next round ends it', async () => {
    const order = await anOrder().pending().make(world);
    const id = await callOff(order);
    jest.spyOn(world.get(CallOffOrder), 'step').mockRejectedValueOnce(new Error('connection reset'));
    jest.spyOn(world.get(BulkItemsStore), 'postpone').mockRejectedValueOnce(new Error('connection reset'));

    await expect(turn(id)).rejects.toThrow('1 orders of a called-off event could not be ended');

    expect(await finished(id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED' });
  });
});
