import { connect, type ConfirmChannel, type GetMessage } from 'amqplib';
import { SOURCES, deadLetterQueueOf, type DeadLetterOptions, type Source } from './options.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** Looked through for an id at most; the rest stays where it is. */
const SEARCHED_MAX = 10_000;

/** What was written on a message when it was given up, or counted by the broker; a replay starts afresh. */
const FORGOTTEN =
  /^x-(reason|detail|queue|buried-at|retries|failures|death|first-death-.*|last-death-.*|delivery-count)$/;

export interface DeadLetter {
  readonly queue: Source;
  readonly id: string | null;
  readonly pattern: string | null;
  readonly reason: string;
  readonly detail: string | null;
  readonly buriedAt: string | null;
  readonly bytes: number;
}

/** Does what was asked for, on every queue that was named. @returns the messages listed or replayed */
export async function runDeadLetters(options: DeadLetterOptions): Promise<readonly DeadLetter[]> {
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
  source: Source,
  options: DeadLetterOptions,
  limit: number,
): Promise<readonly DeadLetter[]> {
  const queue = `${options.prefix}${deadLetterQueueOf(source)}`;
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
  source: Source,
  prefix: string,
  message: GetMessage,
): Promise<void> {
  const { messageId, replyTo, correlationId, headers } = message.properties as Properties;
  const kept = Object.entries(headers ?? {}).filter(([name]) => !FORGOTTEN.test(name));
  await channel.checkQueue(`${prefix}${SOURCES[source]}`);
  channel.sendToQueue(`${prefix}${SOURCES[source]}`, message.content, {
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

function read(queue: Source, message: GetMessage): DeadLetter {
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
