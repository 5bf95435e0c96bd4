import { InvalidArgumentError, Option } from 'commander';

const LIMIT_MAX = 10_000;
const LIMIT_DEFAULT = 50;
/** Of the service's lists. */
const PAGE_MAX = 100;

export const jsonOption = (): Option => new Option('--json', 'print one JSON document');

export function limitOption(): Option {
  return new Option('--limit <count>', 'show so many at most').default(LIMIT_DEFAULT).argParser((text) => {
    const limit = Number(text);
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIMIT_MAX}.`);
    return limit;
  });
}

export interface ListOptions {
  readonly limit: number;
  readonly json?: true;
}

export interface Some<Item> {
  readonly items: readonly Item[];
  /** There are more than were asked for. */
  readonly isCut: boolean;
}

/** The size of the pages that a limit needs. */
export function pageSize(limit: number): number {
  // One more than shown tells whether there are more.
  return Math.min(PAGE_MAX, limit + 1);
}

/** The first ones, up to the limit. */
export async function first<Item>(items: AsyncIterable<Item>, limit: number): Promise<Some<Item>> {
  const found: Item[] = [];
  for await (const item of items) {
    if (found.length === limit) return { items: found, isCut: true };
    found.push(item);
  }
  return { items: found, isCut: false };
}
