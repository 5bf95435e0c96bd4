import { randomUUID } from 'node:crypto';
import { Metrics } from '@app/platform';
import { eventually } from '../support/eventually.js';
import { MessagingWorld, type OrderView } from '../support/messaging-world.js';

type Reserved = OrderView & { readonly paymentIntentId: string };

describe('what siblings tell', () => {
  let world: MessagingWorld;

  beforeAll(async () => {
    world = await MessagingWorld.start();
  }, 60_000);

  afterAll(async () => {
    await world.stop();
  });

  function factsOf(order: Reserved): Record<string, unknown> {
    return {
      orderId: order.id,
      paymentIntentId: order.paymentIntentId,
      tenantId: world.event.tenantId,
      amountCents: order.totalCents,
      currency: 'USD',
    };
  }

  async function paidOrder(): Promise<Reserved> {
    const order = await world.reservedOrder();
    await world.pay(order.paymentIntentId);
    return order;
  }

  async function completedOrder(): Promise<Reserved> {
    const order = await paidOrder();
    await world.broker.announce('payment.succeeded', factsOf(order));
    await world.untilStatus(order.id, 'COMPLETED');
    return order;
  }

  async function counted(pattern: string, result: string): Promise<number> {
    const text = await world.app.get(Metrics).expose();
    const line = text
      .split('\n')
      .find((row) => row.startsWith(`inbox_messages_total{pattern="${pattern}",result="${result}"}`));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  it('confirms the order a payment was made for, and issues its tickets', async () => {
    const order = await paidOrder();
    const messageId = randomUUID();

    await world.broker.announce('payment.succeeded', factsOf(order), { messageId });

    await world.untilStatus(order.id, 'COMPLETED');
    expect(await world.inboxResults(messageId)).toEqual(['applied']);
    expect((await world.order(order.id)).tickets).toHaveLength(2);
  });

  it('reads a CloudEvents envelope as well as a bare payload', async () => {
    const order = await paidOrder();
    const id = randomUUID();

    await world.broker.announce('payment.succeeded', {
      specversion: '1.0',
      id,
      type: 'payment.succeeded',
      source: '/payment-service',
      tenantid: world.event.tenantId,
      data: { ...factsOf(order), tenantId: undefined },
    });

    await world.untilStatus(order.id, 'COMPLETED');
    expect(await world.inboxResults(id)).toEqual(['applied']);
  });

  it('applies a payment once however often it is told, with ids or without', async () => {
    const order = await paidOrder();
    const messageId = randomUUID();
    const before = await counted('payment.succeeded', 'duplicate');

    for (const options of [{ messageId }, { messageId }, {}, {}, { messageId }])
      await world.broker.announce('payment.succeeded', factsOf(order), options);

    await world.untilStatus(order.id, 'COMPLETED');
    await eventually(
      'the copies are recognised',
      async () => (await counted('payment.succeeded', 'duplicate')) >= before + 3,
    );
    const history = await world.history(order.id);
    expect(history.filter((type) => type === 'order.confirmed')).toHaveLength(1);
    expect((await world.order(order.id)).refundedCents).toBe(0);
  });

  it('tells of a declined payment while the order waits for its money, once, and not of one for another intent', async () => {
    const order = await world.reservedOrder();
    const messageId = randomUUID();
    const declined = { ...factsOf(order), reason: 'card_declined' };

    await world.broker.announce('payment.failed', declined, { messageId });
    await world.broker.announce('payment.failed', declined, { messageId });
    await world.broker.announce('payment.failed', { ...declined, paymentIntentId: 'pi_of_somebody_else' });

    await eventually(
      'the other one is ignored',
      async () => (await counted('payment.failed', 'ignored')) >= 1,
    );
    await eventually(
      'the copy is recognised',
      async () => (await counted('payment.failed', 'duplicate')) >= 1,
    );
    expect((await world.history(order.id)).filter((type) => type === 'order.payment_failed')).toHaveLength(1);
    const published = await world.sql.query<{ payload: { data: { reason: string; status: string } } }>(
      `select payload from outbox where order_id = $1 and type = 'order.payment_failed'`,
      [order.id],
    );
    expect(published.map(({ payload }) => payload.data)).toMatchObject([
      { reason: 'card_declined', status: 'RESERVED' },
    ]);
  });

  it('ends the same in whatever order, and however often, messages of one purchase come', async () => {
    const tell = (order: Reserved): Record<string, () => Promise<void>> => ({
      failed: () => world.broker.announce('payment.failed', { ...factsOf(order), reason: 'card_declined' }),
      paid: () => world.broker.announce('payment.succeeded', factsOf(order)),
      issued: () =>
        world.broker.announce('tickets.issued', { orderId: order.id, tenantId: world.event.tenantId }),
    });
    const sequences = [
      ['failed', 'paid', 'issued'],
      ['failed', 'issued', 'paid'],
      ['paid', 'failed', 'issued'],
      ['paid', 'issued', 'failed'],
      ['issued', 'failed', 'paid'],
      ['issued', 'paid', 'failed'],
      ['paid', 'paid', 'issued', 'issued', 'failed', 'failed', 'paid'],
    ];

    for (const sequence of sequences) {
      const order = await paidOrder();
      const messages = tell(order);
      for (const name of sequence) await messages[name]?.();
      await world.untilStatus(order.id, 'COMPLETED');
      expect(await world.order(order.id)).toMatchObject({ status: 'COMPLETED', refundedCents: 0 });
      const events = await world.sql.query<{ event_sequence: number }>(
        'select event_sequence from outbox where order_id = $1 order by event_sequence',
        [order.id],
      );
      expect(events.map((row) => row.event_sequence)).toEqual(events.map((_row, index) => index + 1));
    }
  }, 60_000);

  it('pays nothing back while a payment is disputed, whichever of opening and closing comes first', async () => {
    const order = await completedOrder();
    const dispute = { ...factsOf(order), disputeId: 'dp_1' };
    await world.broker.announce('payment.dispute.opened', dispute, { messageId: 'opened-1' });
    await eventually('the order is disputed', async () =>
      (await world.history(order.id)).includes('payment.dispute.opened'),
    );
    const refused = await world.call('POST', `/${order.id}/refund`, { reason: 'please' });
    expect(refused.body).toMatchObject({ status: 409, code: 'ORDER_DISPUTED' });
    await world.broker.announce('payment.dispute.closed', dispute);
    await world.broker.announce('payment.dispute.closed', { ...factsOf(order), disputeId: 'dp_2' });
    await eventually('both closings are in the history', async () => {
      const history = await world.history(order.id);
      return history.filter((type) => type === 'payment.dispute.closed').length === 2;
    });
    await world.broker.announce('payment.dispute.opened', { ...factsOf(order), disputeId: 'dp_2' });
    await world.broker.announce('payment.dispute.opened', dispute, { messageId: 'opened-1' });
    await eventually('the late opening is in the history', async () => {
      const history = await world.history(order.id);
      return history.filter((type) => type === 'payment.dispute.opened').length === 2;
    });
    await eventually(
      'the copy is recognised',
      async () => (await counted('payment.dispute.opened', 'duplicate')) === 1,
    );

    const { status } = await world.call('POST', `/${order.id}/refund`, { reason: 'please' });
    expect([200, 202]).toContain(status);
  });

  /** Puts the next look at an open effect off, so that only a message can bring it forward. */
  async function putOff(orderId: string, kind: string): Promise<void> {
    await eventually(`${kind} is open`, async () => {
      const rows = await world.sql.query(
        `update order_effects set due_at = now() + interval '1 hour'
          where order_id = $1 and kind = $2 and state = 'pending' and lease_until is null and attempts > 0
         returning id`,
        [orderId, kind],
      );
      return rows.length === 1;
    });
  }

  it('asks for a refund at once when it is told that it settled, and leaves refunds of others alone', async () => {
    const order = await completedOrder();
    const { body } = await world.call('POST', `/${order.id}/refund`, { reason: 'please' });
    const refundId = String(body['id']);
    await putOff(order.id, 'payments.refund');

    await world.broker.announce('payment.refund.failed', {
      refundId: randomUUID(),
      tenantId: world.event.tenantId,
    });
    await eventually('the sandbox has settled it, and the order hears of it', async () => {
      await world.broker.announce(
        'payment.refund.succeeded',
        { refundId, tenantId: world.event.tenantId },
        { messageId: randomUUID() },
      );
      return (await world.order(order.id)).status === 'REFUNDED';
    });

    expect(await counted('payment.refund.failed', 'ignored')).toBe(1);
  });

  it('fetches the tickets at once when it is told that they were issued', async () => {
    await world.fault({ service: 'ticket-service', operation: 'confirm', mode: 'error-before', times: 1 });
    const order = await paidOrder();
    await world.broker.announce('payment.succeeded', factsOf(order));
    await world.untilStatus(order.id, 'CONFIRMED');
    await putOff(order.id, 'tickets.confirm');

    await world.broker.announce('tickets.issued', { orderId: order.id, tenantId: world.event.tenantId });

    await world.untilStatus(order.id, 'COMPLETED');
  });

  it('drops cached prices when the catalogue changes', async () => {
    await world.broker.announce('event.updated', { eventId: world.event.id, tenantId: world.event.tenantId });
    await world.broker.announce('ticket-type.updated', {
      ticketTypeId: world.event.ticketTypes[0]?.id,
      tenantId: world.event.tenantId,
    });
    await eventually('both are applied', async () => {
      const counts = [
        await counted('event.updated', 'applied'),
        await counted('ticket-type.updated', 'applied'),
      ];
      return counts.every((count) => count === 1);
    });
  });

  describe('a broken message', () => {
    const tenantId = randomUUID();
    const broken: readonly { name: string; pattern: string; body: string; reason: string }[] = [
      {
        name: 'no JSON',
        pattern: 'payment.succeeded',
        body: '{"pattern": "payment.succ',
        reason: 'NOT_JSON',
      },
      { name: 'a list', pattern: 'payment.succeeded', body: '[]', reason: 'NOT_JSON_OBJECT' },
      { name: 'no pattern', pattern: 'payment.succeeded', body: '{"data":{}}', reason: 'PATTERN_MISSING' },
      {
        name: 'an unknown pattern',
        pattern: 'payment.succeeded',
        body: JSON.stringify({ pattern: 'payment.imagined', data: { tenantId } }),
        reason: 'PATTERN_UNKNOWN',
      },
      {
        name: 'no tenant',
        pattern: 'payment.succeeded',
        body: JSON.stringify({ pattern: 'payment.succeeded', data: { orderId: randomUUID() } }),
        reason: 'TENANT_MISSING',
      },
      {
        name: 'a wrong schema',
        pattern: 'payment.succeeded',
        body: JSON.stringify({ pattern: 'payment.succeeded', data: { tenantId, orderId: 17 } }),
        reason: 'PAYLOAD_INVALID',
      },
      {
        name: 'an order of another tenant',
        pattern: 'payment.succeeded',
        body: JSON.stringify({
          pattern: 'payment.succeeded',
          data: { tenantId, orderId: randomUUID(), paymentIntentId: 'pi_1' },
        }),
        reason: 'ORDER_NOT_FOUND',
      },
      {
        name: 'a body of a megabyte',
        pattern: 'payment.succeeded',
        body: JSON.stringify({
          pattern: 'payment.succeeded',
          data: { tenantId, note: 'x'.repeat(1_000_000) },
        }),
        reason: 'BODY_TOO_LARGE',
      },
      {
        name: 'a body nested thousands of levels deep',
        pattern: 'payment.succeeded',
        body: `{"pattern":"payment.succeeded","data":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
        reason: 'NESTED_TOO_DEEP',
      },
    ];

    it.each(broken)(
      'with $name goes to the dead-letter queue as $reason',
      async ({ pattern, body, reason }) => {
        await world.broker.send(pattern, Buffer.from(body));
        const [message] = await world.broker.take('order-service.events.dead-letters', 1);
        expect(message?.properties.headers).toMatchObject({
          'x-reason': reason,
          'x-queue': 'order-service.events',
        });
        expect(message?.content.toString()).toBe(body);
      },
    );

    it('stops nobody: what comes after it is handled', async () => {
      const order = await paidOrder();
      for (const { pattern, body } of broken) await world.broker.send(pattern, Buffer.from(body));
      await world.broker.announce('payment.succeeded', factsOf(order));
      await world.untilStatus(order.id, 'COMPLETED');
      expect(await world.broker.take('order-service.events.dead-letters', broken.length)).toHaveLength(
        broken.length,
      );
    });
  });

  it('tries a message again after a pause and gives it up with the reason after its tries', async () => {
    const order = await world.reservedOrder();
    // Told to be paid, but payment-service says it is not.
    await world.broker.announce('payment.succeeded', factsOf(order));
    const [message] = await world.broker.take('order-service.events.dead-letters', 1);
    expect(message?.properties.headers).toMatchObject({
      'x-reason': 'PAYMENT_MISMATCH',
      'x-retries': 1,
      'x-failures': 1,
    });
    expect((await world.order(order.id)).status).toBe('RESERVED');
  });

  it('keeps a message as long as what it needs is away, without counting the tries', async () => {
    const order = await paidOrder();
    const before = await counted('payment.succeeded', 'retried');
    await world.fault({ service: 'payment-service', operation: 'get-intent', mode: 'error-before' });
    await world.broker.announce('payment.succeeded', factsOf(order));
    // Two tries are all a message that fails by itself gets here.
    await eventually(
      'it is tried again',
      async () => (await counted('payment.succeeded', 'retried')) >= before + 2,
    );
    await world.mendFaults();
    await world.untilStatus(order.id, 'COMPLETED');
    expect(await world.broker.count('order-service.events.dead-letters')).toBe(0);
  }, 30_000);

  describe('the consumers come back', () => {
    async function expectConsuming(): Promise<void> {
      await world.untilConsuming();
      const order = await paidOrder();
      await world.broker.announce('payment.succeeded', factsOf(order));
      await world.untilStatus(order.id, 'COMPLETED');
    }

    it('after their queue was deleted', async () => {
      await world.broker.channel.deleteQueue(world.broker.name('order-service.events'));
      await expectConsuming();
    }, 30_000);

    it('after the broker was away, and messages told meanwhile are not lost', async () => {
      const order = await paidOrder();
      world.wire.cut();
      await eventually(
        'the consumers are gone',
        async () => (await world.broker.consumers('order-service.events')) === 0,
      );
      await world.broker.announce('payment.succeeded', factsOf(order));
      world.wire.mend();
      await world.untilStatus(order.id, 'COMPLETED');
      await expectConsuming();
    }, 30_000);

    it('after the broker closed their channel', async () => {
      // Settling a delivery twice is what a broker closes a channel for.
      const channels = world.app as unknown as {
        microservices: readonly { serverInstance: BrokenOnPurpose }[];
      };
      const server = channels.microservices[0]?.serverInstance;
      server?.consumer.channel.ack({ fields: { deliveryTag: 9_999_999 } });
      await eventually('the channel is gone', () => !(server?.broker.isOpen ?? true));
      await expectConsuming();
    }, 30_000);
  });
});

interface BrokenOnPurpose {
  readonly consumer: { readonly channel: { ack(message: object): void } };
  readonly broker: { readonly isOpen: boolean };
}
