import { CONSUMED_PATTERNS, EXCHANGES, QUEUES, retryQueue } from '@app/platform';
import { EXCHANGE_NAMES, QUEUE_NAMES } from '../../scripts/test-servers/test-rabbitmq.js';

describe('the names at the broker', () => {
  it('are the ones that test runs clear up', () => {
    expect([...EXCHANGE_NAMES].sort()).toEqual(Object.keys(EXCHANGES).sort());
    expect([...QUEUE_NAMES].sort()).toEqual(Object.keys(QUEUES).sort());
  });

  it('bind the queue of events to exactly the patterns that are listened to', () => {
    expect(QUEUES['order-service.events'].bindings).toEqual([
      { exchange: 'platform.events', keys: CONSUMED_PATTERNS },
    ]);
    expect([...CONSUMED_PATTERNS].sort()).toEqual([
      'event.cancelled',
      'event.updated',
      'payment.dispute.closed',
      'payment.dispute.opened',
      'payment.failed',
      'payment.refund.failed',
      'payment.refund.succeeded',
      'payment.succeeded',
      'ticket-type.updated',
      'tickets.issued',
    ]);
  });

  it('let a message wait longer the more often it was tried, and no longer than the last delay', () => {
    expect([0, 1, 2, 3, 4, 1_000].map(retryQueue)).toEqual([
      'order-service.events.retry-1',
      'order-service.events.retry-2',
      'order-service.events.retry-3',
      'order-service.events.retry-4',
      'order-service.events.retry-4',
      'order-service.events.retry-4',
    ]);
  });
});
