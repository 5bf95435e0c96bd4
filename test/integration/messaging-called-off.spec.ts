import { Metrics } from '@app/platform';
import { eventually } from '../support/eventually.js';
import { MessagingWorld } from '../support/messaging-world.js';

describe('a message that an event is called off', () => {
  let world: MessagingWorld;

  beforeEach(async () => {
    world = await MessagingWorld.start({ BULK_INTERVAL_MS: '50', EFFECTS_INTERVAL_MS: '50' });
  });

  afterEach(async () => {
    await world.stop();
  });

  async function counted(result: string): Promise<number> {
    const text = await world.app.get(Metrics).expose();
    const start = `inbox_messages_total{pattern="event.cancelled",result="${result}"}`;
    return Number(
      text
        .split('\n')
        .find((row) => row.startsWith(start))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  }

  async function announce(messageId: string): Promise<void> {
    const { id: eventId, tenantId } = world.event;
    await world.broker.announce('event.cancelled', { eventId, tenantId, reason: 'rain' }, { messageId });
  }

  it('refunds no stadium while event-service does not say the same', async () => {
    await announce('forged');
    await eventually('it is ignored', async () => (await counted('ignored')) === 1);
  });

  it('begins the bulk cancel once, however often it comes', async () => {
    const order = await world.reservedOrder();
    await fetch(`${world.sandbox.url}/sandbox/events/${world.event.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'CANCELLED' }),
    });

    await announce('called-off');
    await announce('called-off');

    await eventually('one is applied and one is a duplicate', async () => {
      return (await counted('applied')) === 1 && (await counted('duplicate')) === 1;
    });
    await world.untilStatus(order.id, 'CANCELLED');
  });
});
