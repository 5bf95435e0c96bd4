import { connect, type ConfirmChannel, type GetMessage } from 'amqplib';
import type { QUEUES } from './topology.js';

/** The queues of the service that give messages up, by the word an operator types. */
const SOURCES = {
  events: { queue: 'order-service.events', deadLetters: 'order-service.events.dead-letters' },
  rpc: { queue: 'order-service.rpc', deadLetters: 'order-service.rpc.dead-letters' },
} as const satisfies Record<string, Readonly<Record<string, keyof typeof QUEUES>>>;

export type DeadLetterSource = keyof typeof SOURCES;
export const DEAD_LETTER_SOURCES = Object.keys(SOURCES) as readonly DeadLetterSource[];

const CONNECT_TIMEOUT_MS = 5_000;
/** Looked through for an id at most; the rest stays where it is. */
const SEARCHED_MAX = 10_000;

/** What was written on a message when it was given up, or counted by the broker; a replay starts afresh. */
const FORGOTTEN =
  /^x-(reason|detail|queue|buried-at|retries|failures|death|first-death-.*|last-death-.*|delivery-count)$/;

export interface DeadLetter {
  readonly queue: DeadLetterSource;
  readonly id: string | null;
  readonly pattern: string | null;
  readonly reason: string;
  readonly detail: string | null;
  readonly buriedAt: string | null;
  readonly bytes: number;
}

export interface DeadLetterRequest {
  /** `list` leaves them where they are, `replay` puts them back into the queue they came from. */
  readonly action: 'list' | 'replay';
  readonly sources: readonly DeadLetterSource[];
  /** Only the message with this id. */
  readonly id: string | undefined;
  readonly limit: number;
  readonly url: string;
  /** Of the names of all queues. */
  readonly prefix: string;
}

/** Does what was asked for, on every queue that was named. @returns the messages listed or replayed, oldest first */
export async function runDeadLetters(options: DeadLetterRequest): Promise<readonly DeadLetter[]> {
  const connection = await connect(options.url, { timeout: CONNECT_TIMEOUT_MS });
  connection.on('error', () => undefined);
  try {
    const done: DeadLetter[] = [];
    for (const source of options.sources) {
      // Closing the channel gives back whatever was only looked at.
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      done.push(...(await work(channel, source, options, options.limit - done.length)));
      await channel.close();
    }
    return done;
  } finally {
    await connection.close();
  }
}

async function work(
  channel: ConfirmChannel,
  source: DeadLetterSource,
  options: DeadLetterRequest,
  limit: number,
): Promise<readonly DeadLetter[]> {
  const queue = `${options.prefix}${SOURCES[source].deadLetters}`;
  // What comes back while we work is not looked at twice.
  const { messageCount } = await channel.checkQueue(queue);
  const done: DeadLetter[] = [];
  for (let seen = 0; seen < Math.min(messageCount, SEARCHED_MAX) && done.length < limit; seen += 1) {
    const message = await channel.get(queue, { noAck: false });
    if (message === false) break;
    const letter = read(source, message);
    if (options.id !== undefined && letter.id !== options.id) continue;
    if (options.action === 'replay') await replay(channel, source, options.prefix, message);
    done.push(letter);
  }
  return done;
}

/** The copy is confirmed before the dead letter is let go. @throws when its queue is gone */
async function replay(
  channel: ConfirmChannel,
  source: DeadLetterSource,
  prefix: string,
  message: GetMessage,
): Promise<void> {
  const { messageId, replyTo, correlationId, headers } = message.properties as Properties;
  const kept = Object.entries(headers ?? {}).filter(([name]) => !FORGOTTEN.test(name));
  const queue = `${prefix}${SOURCES[source].queue}`;
  await channel.checkQueue(queue);
  channel.sendToQueue(queue, message.content, {
    persistent: true,
    contentType: 'application/json',
    headers: Object.fromEntries(kept),
    ...(messageId === undefined ? {} : { messageId }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(correlationId === undefined ? {} : { correlationId }),
  });
  await channel.waitForConfirms();
  channel.ack(message);
}

interface Properties {
  readonly messageId?: string;
  readonly replyTo?: string;
  readonly correlationId?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
}

function read(queue: DeadLetterSource, message: GetMessage): DeadLetter {
  const { messageId, headers } = message.properties as Properties;
  return {
    queue,
    id: messageId ?? null,
    pattern: patternOf(message.content),
    // What the broker dropped itself carries its own word: delivery_limit, expired.
    reason: textOf(headers?.['x-reason']) ?? textOf(headers?.['x-first-death-reason']) ?? 'unknown',
    detail: textOf(headers?.['x-detail']),
    buriedAt: textOf(headers?.['x-buried-at']),
    bytes: message.content.length,
  };
}

function patternOf(content: Buffer): string | null {
  try {
    const packet: unknown = JSON.parse(content.toString());
    if (typeof packet !== 'object' || packet === null || !('pattern' in packet)) return null;
    return textOf(packet.pattern);
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
