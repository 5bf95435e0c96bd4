import { randomUUID } from 'node:crypto';
import { assertTopology, runDeadLetters, type DeadLetterRequest } from '@app/platform';
import { TestBroker } from '../support/broker.js';
import { eventually } from '../support/eventually.js';

const DEAD = 'order-service.events.dead-letters';

describe('the dead letters', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.open();
    await assertTopology(broker.channel, broker.prefix);
  });

  afterEach(async () => {
    await broker.channel.purgeQueue(broker.name(DEAD));
    await broker.channel.purgeQueue(broker.name('order-service.events'));
  });

  afterAll(async () => {
    await broker.close();
  });

  function request(
    action: DeadLetterRequest['action'],
    wish: Partial<DeadLetterRequest> = {},
  ): DeadLetterRequest {
    const { url, prefix } = broker;
    return { action, sources: ['events', 'rpc'], id: undefined, limit: 100, url, prefix, ...wish };
  }

  async function bury(messageId: string, reason: string): Promise<void> {
    const body = Buffer.from(
      JSON.stringify({ pattern: 'payment.succeeded', data: { tenantId: randomUUID() } }),
    );
    broker.channel.publish(broker.name('order-service.dead-letters'), 'order-service.events', body, {
      persistent: true,
      messageId,
      headers: {
        'x-reason': reason,
        'x-detail': 'A sentence.',
        'x-failures': 5,
        'x-retries': 9,
        traceparent: 'kept',
      },
    });
    await broker.channel.waitForConfirms();
  }

  it('lists what was given up with its reason and leaves it there', async () => {
    await bury('one', 'PAYLOAD_INVALID');
    await bury('two', 'ORDER_NOT_FOUND');

    for (let look = 0; look < 3; look += 1) {
      expect(await runDeadLetters(request('list'))).toMatchObject([
        {
          queue: 'events',
          id: 'one',
          pattern: 'payment.succeeded',
          reason: 'PAYLOAD_INVALID',
          detail: 'A sentence.',
        },
        { queue: 'events', id: 'two', reason: 'ORDER_NOT_FOUND' },
      ]);
      await eventually('they are back', async () => (await broker.count(DEAD)) === 2);
    }
    expect(await runDeadLetters(request('list', { limit: 1 }))).toHaveLength(1);
    expect(await runDeadLetters(request('list', { sources: ['rpc'] }))).toEqual([]);
  });

  it('puts one message back into its queue, with a clean slate, and leaves the others', async () => {
    await bury('one', 'PAYLOAD_INVALID');
    await bury('two', 'ORDER_NOT_FOUND');

    expect(await runDeadLetters(request('replay', { id: 'two' }))).toMatchObject([{ id: 'two' }]);

    const [message] = await broker.take('order-service.events', 1);
    expect(message?.properties.messageId).toBe('two');
    expect(Object.keys(message?.properties.headers ?? {}).sort()).toEqual([
      'traceparent',
      'x-delivery-count',
    ]);
    await eventually('the other one is still dead', async () => (await broker.count(DEAD)) === 1);
    expect(await runDeadLetters(request('list'))).toMatchObject([{ id: 'one' }]);
  });

  it('puts everything back, up to the limit', async () => {
    for (const id of ['one', 'two', 'three']) await bury(id, 'INTERNAL');
    expect(await runDeadLetters(request('replay', { limit: 2 }))).toHaveLength(2);
    expect(await broker.take('order-service.events', 2)).toHaveLength(2);
    await eventually('one is left', async () => (await broker.count(DEAD)) === 1);
  });
});
