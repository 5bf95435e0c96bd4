import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run dead-letters -- list|replay [--queue events|rpc] [--id <message id>] [--limit <1..10000>] [--json]

  list     shows what was given up, oldest first, and leaves it where it is
  replay   puts it back into the queue it came from

The broker is RABBITMQ_URL, its names begin with RABBITMQ_PREFIX.`;

/** The queues of the service that give messages up, by the word an operator types. */
export const SOURCES = { events: 'order-service.events', rpc: 'order-service.rpc' } as const;
export type Source = keyof typeof SOURCES;

export function deadLetterQueueOf(source: Source): string {
  return `${SOURCES[source]}.dead-letters`;
}

export interface DeadLetterOptions {
  readonly action: 'list' | 'replay';
  readonly sources: readonly Source[];
  readonly id: string | undefined;
  readonly limit: number;
  readonly json: boolean;
  readonly url: string;
  readonly prefix: string;
}

export class UsageError extends Error {}

/** @throws UsageError a sentence about the first word that makes no sense */
export function deadLetterOptions(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): DeadLetterOptions {
  const { values, positionals } = read(words);
  const [action, extra] = positionals;
  if (action !== 'list' && action !== 'replay')
    throw new UsageError(action === undefined ? 'Say list or replay.' : `There is no "${action}".`);
  if (extra !== undefined) throw new UsageError(`"${extra}" makes no sense here.`);
  const url = environment.RABBITMQ_URL?.trim() ?? '';
  if (url === '') throw new UsageError('RABBITMQ_URL is not set, so there is no broker to ask.');
  return {
    action,
    sources: sourcesOf(values.queue),
    id: values.id,
    limit: limitOf(values.limit),
    json: values.json ?? false,
    url,
    prefix: environment.RABBITMQ_PREFIX?.trim() ?? '',
  };
}

function read(words: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(words);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parse(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      queue: { type: 'string' },
      id: { type: 'string' },
      limit: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
}

function sourcesOf(queue: string | undefined): readonly Source[] {
  const all = Object.keys(SOURCES) as readonly Source[];
  if (queue === undefined) return all;
  const found = all.filter((source) => source === queue);
  if (found.length === 0)
    throw new UsageError(`There is no queue "${queue}"; the queues are ${all.join(', ')}.`);
  return found;
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? '100');
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new UsageError(`--limit must be a whole number from 1 to 10000, not "${text ?? ''}".`);
  return limit;
}
