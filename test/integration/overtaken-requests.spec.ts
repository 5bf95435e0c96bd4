import { PaymentServiceClient } from '@app/payments';
import { AppError } from '@app/kernel';
import { Database } from '@app/platform';
import { AdvanceFence } from '../../libs/orders/src/effects/advance-fence.js';
import { ReservationTimes } from '../../libs/orders/src/effects/reservation-times.js';
import { aKey, anOrder, World, type Answer, type GivenOrder } from '../support/world/index.js';

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

/** Something else happens while the next confirm waits for payment-service, once. */
function whilePaymentServiceIsAsked(work: () => Promise<unknown>): void {
  const client = world.get(PaymentServiceClient);
  const real = client.getIntent.bind(client);
  jest.spyOn(client, 'getIntent').mockImplementationOnce(async (...given) => {
    await work();
    return real(...given);
  });
}

/** The next transaction of this step commits, but its caller hears that the connection was lost. */
function loseCommitReplyOf(step: string): void {
  const database = world.get(Database);
  const real = database.transaction.bind(database);
  jest.spyOn(database, 'transaction').mockImplementation(async (scope, work) => {
    const result = await real(scope, work);
    if (scope.step === step) throw new AppError('UPSTREAM_UNAVAILABLE', { upstream: 'database' });
    return result;
  });
}

function isReplayed(answer: Answer<unknown>): boolean {
  return answer.headers.get('idempotency-replayed') === 'true';
}

/** The fence gives up on a silent payment-service: the order is EXPIRED, and its intent can still be paid. */
async function expireUnfenced(): Promise<void> {
  await world.siblings.fault({
    service: 'payment-service',
    operation: 'cancel-intent',
    mode: 'error-before',
  });
  await world.timePasses({ minutes: 16 });
  await world.runJob('expiration');
  await world.timePasses({ minutes: 61 });
  await world.tryAgain();
  await world.tryAgain();
  await world.siblings.clearFaults();
}

async function lateMoney(): Promise<GivenOrder> {
  const order = await anOrder().reserved().make(world);
  await expireUnfenced();
  await world.siblings.pay(order.intentId);
  return order;
}

describe('a confirm', () => {
  it('that finds its order expired in between recovers it', async () => {
    const order = await anOrder().reserved().make(world);
    whilePaymentServiceIsAsked(async () => {
      await expireUnfenced();
      await world.siblings.pay(order.intentId);
    });

    const { status, body } = await world.confirm(order.id, order.intentId);
    await world.settle();

    expect([status, body.paymentOutcome]).toEqual([200, 'recovering']);
    expect(await world.order(order.id)).toMatchObject({ status: 'COMPLETED', refundedCents: 0 });
  });

  it('of late money waits for event-service, and asks again', async () => {
    const order = await lateMoney();
    const key = aKey();
    world.forgetCatalogue(order.event);
    await world.siblings.fault({ service: 'event-service', operation: 'get-event', mode: 'error-before' });

    const early = await world.confirm(order.id, order.intentId, { key });
    await world.siblings.clearFaults();
    const again = await world.confirm(order.id, order.intentId, { key });

    expect(early).toMatchObject({ status: 503, body: { code: 'UPSTREAM_UNAVAILABLE' } });
    expect([again.status, again.body.paymentOutcome]).toEqual([200, 'recovering']);
  });

  it('of late money pays it back when the event is gone', async () => {
    const order = await lateMoney();
    await world.rows('update orders set event_id = gen_random_uuid() where id = $1', [order.id]);

    const { status, body } = await world.confirm(order.id, order.intentId);
    await world.settle();

    expect([status, body.paymentOutcome]).toEqual([200, 'refunding']);
    expect(await world.order(order.id)).toMatchObject({
      status: 'EXPIRED',
      refundedCents: order.totalCents,
    });
  });

  it('that breaks down inside is answered 500, changes nothing, and can be sent again', async () => {
    const order = await anOrder().paid().make(world);
    const key = aKey();
    whilePaymentServiceIsAsked(() => Promise.reject(new TypeError('a defect')));

    const broken = await world.confirm(order.id, order.intentId, { key });
    const again = await world.confirm(order.id, order.intentId, { key });

    expect(broken).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
    expect(again).toMatchObject({ status: 200, body: { paymentOutcome: 'confirmed' } });
  });
});

describe('a request whose twin was faster', () => {
  it('gets the reservation of the twin', async () => {
    const order = await anOrder().pending().make(world);
    const key = aKey();
    const times = world.get(ReservationTimes);
    const real = times.ttlMs.bind(times);
    const twin: Answer<unknown>[] = [];
    jest.spyOn(times, 'ttlMs').mockImplementationOnce(async (...given) => {
      twin.push(await world.reserve(order.id, world.buyer, { key }));
      return real(...given);
    });

    const answer = await world.reserve(order.id, world.buyer, { key });

    expect([answer.status, isReplayed(answer), answer.text]).toEqual([200, true, twin[0]?.text]);
    expect(answer.body.payment?.clientSecret).toMatch(/_secret_/);
    expect(await world.deeds(order.id)).toEqual(['reserve executed', 'create-intent executed']);
  });

  it('gets the cancellation of the twin', async () => {
    const order = await anOrder().pending().make(world);
    const key = aKey();

    const first = await world.cancel(order.id, world.buyer, {}, { key });
    const second = await world.cancel(order.id, world.buyer, {}, { key });

    expect([isReplayed(second), second.text]).toEqual([true, first.text]);
    expect((await world.history(order.id)).filter((type) => type === 'order.cancelled')).toHaveLength(1);
  });
});

describe('a disputed order', () => {
  it('is not cancelled, and its key stays free for after the dispute', async () => {
    const paid = await anOrder().confirmed().make(world);
    const key = aKey();
    await world.rows('update orders set disputed = true where id = $1', [paid.id]);

    const refused = await world.cancel(paid.id, world.buyer, {}, { key });
    await world.rows('update orders set disputed = false where id = $1', [paid.id]);
    const again = await world.cancel(paid.id, world.buyer, {}, { key });

    expect(refused).toMatchObject({ status: 409, body: { code: 'ORDER_DISPUTED' } });
    expect(again).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  });
});

describe('an end that was begun by a request that died', () => {
  const ifMatch = { 'if-match': '"v2"' };

  it('is carried on by the same cancel, although its If-Match is stale by now', async () => {
    const order = await anOrder().reserved().make(world);
    const options = { key: aKey(), headers: ifMatch };
    loseCommitReplyOf('cancel.tx1');
    const lost = await world.cancel(order.id, world.buyer, {}, options);
    jest.restoreAllMocks();
    await world.holdersAreGone();

    const again = await world.cancel(order.id, world.buyer, {}, options);
    await world.settle();

    expect([lost.status, again.status]).toEqual([503, 202]);
    expect((await world.order(order.id)).status).toBe('CANCELLED');
  });

  it('is carried on by the same expire, although its If-Match is stale by now', async () => {
    const order = await anOrder().reserved().make(world);
    const options = { key: aKey(), headers: ifMatch };
    loseCommitReplyOf('expire.tx1');
    const lost = await world.expire(order.id, options);
    jest.restoreAllMocks();
    await world.holdersAreGone();

    const again = await world.expire(order.id, options);
    await world.settle();

    expect([lost.status, again.status]).toEqual([503, 202]);
    expect((await world.order(order.id)).status).toBe('EXPIRED');
  });

  it('is ended by the worker when the fence breaks down inside', async () => {
    const [left, late] = [await anOrder().reserved().make(world), await anOrder().reserved().make(world)];
    jest.spyOn(world.get(AdvanceFence), 'advance').mockRejectedValue(new TypeError('a defect'));
    const answers = [await world.cancel(left.id), await world.expire(late.id)];
    jest.restoreAllMocks();
    await world.holdersAreGone();
    await world.settle();

    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    expect((await world.order(left.id)).status).toBe('CANCELLED');
    expect((await world.order(late.id)).status).toBe('EXPIRED');
  });
});
