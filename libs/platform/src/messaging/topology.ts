import type { ConfirmChannel } from 'amqplib';
import { DAY_MS, SECOND_MS } from '@app/kernel';

/** Everything a message of this service touches at the broker; all of it durable, all queues quorum queues. */
export interface ExchangeRow {
  readonly type: 'topic' | 'direct';
}

export interface QueueRow {
  /** Exchanges and routing keys it is bound to; none: reached through the default exchange by its name. */
  readonly bindings: readonly { readonly exchange: ExchangeName; readonly keys: readonly string[] }[];
  /** Where a message goes that is dropped: refused, out of deliveries, or out of time. */
  readonly dropsTo?: { readonly exchange: ExchangeName; readonly key: string } | { readonly queue: string };
  /** Deliveries the broker allows to consumers that die on the message; a consumer that lives gives up earlier. */
  readonly deliveriesMax?: number;
  readonly timeToLiveMs?: number;
  readonly lengthMax?: number;
}

/**
 * A consumer that dies twenty times on one message is killed by it. Part of the queue, so it cannot be configured:
 * a queue is never declared again with other arguments.
 */
const DELIVERIES_MAX = 20;
/** Operators look at dead letters as often as they like: newer brokers would drop them after 20 looks. */
const LOOKS_MAX = 1_000_000;
const ARCHIVE_MS = 7 * DAY_MS;
const ARCHIVE_LENGTH_MAX = 1_000_000;

/** The patterns that order-service listens to, as routing keys of `platform.events`. */
export const CONSUMED_PATTERNS = [
  'payment.succeeded',
  'payment.failed',
  'payment.refund.succeeded',
  'payment.refund.failed',
  'payment.dispute.opened',
  'payment.dispute.closed',
  'tickets.issued',
  'event.cancelled',
  'event.updated',
  'ticket-type.updated',
] as const;
export type ConsumedPattern = (typeof CONSUMED_PATTERNS)[number];

/** One queue for each delay: in a queue of mixed delays a long one holds up the short ones behind it. */
export const RETRY_DELAYS_MS = [SECOND_MS / 2, 2 * SECOND_MS, 10 * SECOND_MS, 30 * SECOND_MS] as const;

const RETRIES = {
  'order-service.events.retry-1': retryRow(RETRY_DELAYS_MS[0]),
  'order-service.events.retry-2': retryRow(RETRY_DELAYS_MS[1]),
  'order-service.events.retry-3': retryRow(RETRY_DELAYS_MS[2]),
  'order-service.events.retry-4': retryRow(RETRY_DELAYS_MS[3]),
} as const satisfies Record<string, QueueRow>;

export const EXCHANGES = {
  'order.events': { type: 'topic' },
  'platform.events': { type: 'topic' },
  'order-service.dead-letters': { type: 'direct' },
} as const satisfies Record<string, ExchangeRow>;
export type ExchangeName = keyof typeof EXCHANGES;

export const QUEUES = {
  'order-service.events': {
    bindings: [{ exchange: 'platform.events', keys: CONSUMED_PATTERNS }],
    dropsTo: { exchange: 'order-service.dead-letters', key: 'order-service.events' },
    deliveriesMax: DELIVERIES_MAX,
  },
  'order-service.rpc': {
    bindings: [],
    dropsTo: { exchange: 'order-service.dead-letters', key: 'order-service.rpc' },
    deliveriesMax: DELIVERIES_MAX,
  },
  ...RETRIES,
  'order-service.events.dead-letters': {
    bindings: [{ exchange: 'order-service.dead-letters', keys: ['order-service.events'] }],
    deliveriesMax: LOOKS_MAX,
  },
  'order-service.rpc.dead-letters': {
    bindings: [{ exchange: 'order-service.dead-letters', keys: ['order-service.rpc'] }],
    deliveriesMax: LOOKS_MAX,
  },
  // Takes every event, so that a returned one means a broken topology and not an uninterested world.
  'order.events.archive': {
    bindings: [{ exchange: 'order.events', keys: ['#'] }],
    timeToLiveMs: ARCHIVE_MS,
    lengthMax: ARCHIVE_LENGTH_MAX,
  },
} as const satisfies Record<string, QueueRow>;
export type QueueName = keyof typeof QUEUES;

/** The queue a failed message waits in before its next delivery; later tries wait longer, up to the last delay. */
export function retryQueue(retries: number): QueueName {
  const names = Object.keys(RETRIES) as readonly (keyof typeof RETRIES)[];
  return names[Math.min(retries, names.length - 1)] ?? 'order-service.events.retry-4';
}

/**
 * Declares exchanges, queues and bindings; harmless when they are there already.
 * @throws what the broker says when one is there with other arguments; the channel is closed then
 */
export async function assertTopology(
  channel: Pick<ConfirmChannel, 'assertExchange' | 'assertQueue' | 'bindQueue'>,
  prefix: string,
): Promise<void> {
  for (const [name, row] of Object.entries<ExchangeRow>(EXCHANGES)) {
    await channel.assertExchange(`${prefix}${name}`, row.type, { durable: true });
  }
  for (const [name, row] of Object.entries<QueueRow>(QUEUES)) {
    await channel.assertQueue(`${prefix}${name}`, { durable: true, arguments: queueArguments(row, prefix) });
    for (const { exchange, keys } of row.bindings) {
      for (const key of keys) await channel.bindQueue(`${prefix}${name}`, `${prefix}${exchange}`, key);
    }
  }
}

export function queueArguments(row: QueueRow, prefix: string): Record<string, unknown> {
  return {
    'x-queue-type': 'quorum',
    ...(row.deliveriesMax === undefined ? {} : { 'x-delivery-limit': row.deliveriesMax }),
    ...(row.timeToLiveMs === undefined ? {} : { 'x-message-ttl': row.timeToLiveMs }),
    ...(row.lengthMax === undefined ? {} : { 'x-max-length': row.lengthMax, 'x-overflow': 'drop-head' }),
    ...(row.dropsTo === undefined ? {} : dropArguments(row.dropsTo, prefix)),
  };
}

/** At least once: a dropped message leaves its queue only when the next one has it. */
function dropArguments(target: NonNullable<QueueRow['dropsTo']>, prefix: string): Record<string, unknown> {
  const place =
    'queue' in target
      ? { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': `${prefix}${target.queue}` }
      : { 'x-dead-letter-exchange': `${prefix}${target.exchange}`, 'x-dead-letter-routing-key': target.key };
  return { ...place, 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };
}

function retryRow(delayMs: number): QueueRow {
  return { bindings: [], timeToLiveMs: delayMs, dropsTo: { queue: 'order-service.events' } };
}
