import { randomUUID } from 'node:crypto';
import { assertTopology } from '@app/platform';
import { runDeadLetters } from '../../scripts/dead-letters/dead-letters.js';
import { UsageError, deadLetterOptions } from '../../scripts/dead-letters/options.js';
import { TestBroker } from '../support/broker.js';
import { eventually } from '../support/eventually.js';

const DEAD = 'order-service.events.dead-letters';

describe('the dead-letter command', () => {
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

  function optionsOf(...words: readonly string[]): ReturnType<typeof deadLetterOptions> {
    return deadLetterOptions(words, { RABBITMQ_URL: broker.url, RABBITMQ_PREFIX: broker.prefix });
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
      expect(await runDeadLetters(optionsOf('list'))).toMatchObject([
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
    expect(await runDeadLetters(optionsOf('list', '--limit', '1'))).toHaveLength(1);
    expect(await runDeadLetters(optionsOf('list', '--queue', 'rpc'))).toEqual([]);
  });

  it('puts one message back into its queue, with a clean slate, and leaves the others', async () => {
    await bury('one', 'PAYLOAD_INVALID');
    await bury('two', 'ORDER_NOT_FOUND');

    expect(await runDeadLetters(optionsOf('replay', '--id', 'two'))).toMatchObject([{ id: 'two' }]);

    const [message] = await broker.take('order-service.events', 1);
    expect(message?.properties.messageId).toBe('two');
    expect(Object.keys(message?.properties.headers ?? {}).sort()).toEqual([
      'traceparent',
      'x-delivery-count',
    ]);
    await eventually('the other one is still dead', async () => (await broker.count(DEAD)) === 1);
    expect(await runDeadLetters(optionsOf('list'))).toMatchObject([{ id: 'one' }]);
  });

  it('puts everything back, up to the limit', async () => {
    for (const id of ['one', 'two', 'three']) await bury(id, 'INTERNAL');
    expect(await runDeadLetters(optionsOf('replay', '--limit', '2'))).toHaveLength(2);
    expect(await broker.take('order-service.events', 2)).toHaveLength(2);
    await eventually('one is left', async () => (await broker.count(DEAD)) === 1);
  });

  it.each([
    { words: [], sentence: 'Say list or replay.' },
    { words: ['purge'], sentence: 'There is no "purge".' },
    {
      words: ['list', '--queue', 'orders'],
      sentence: 'There is no queue "orders"; the queues are events, rpc.',
    },
    {
      words: ['list', '--limit', 'all'],
      sentence: '--limit must be a whole number from 1 to 10000, not "all".',
    },
  ])('refuses $words in a sentence', ({ words, sentence }) => {
    expect(() => optionsOf(...words)).toThrow(new UsageError(sentence));
    expect(() => deadLetterOptions(['list'], {})).toThrow(UsageError);
  });
});
