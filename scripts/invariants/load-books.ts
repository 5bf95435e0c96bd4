import { setTimeout as sleep } from 'node:timers/promises';
import type { Books, Delivery, Exchange, OrdersBook, SiblingsBook } from './books.js';
import { checkBooks } from './check-books.js';
import { loadOrdersBook } from './load-orders-book.js';
import { loadSiblingsBook } from './load-siblings-book.js';

export interface Places {
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
}

export interface BookOptions {
  readonly isAtRest: boolean;
  readonly exchanges?: readonly Exchange[];
  /** Leaves out orders that the sandbox knows nothing of, unless a client of these exchanges was told of them. */
  readonly isSandboxForgetful?: boolean;
  /** What a consumer heard of the orders that a client of these exchanges was told of. */
  readonly heard?: () => Promise<readonly Delivery[]>;
}

const LOOK_EVERY_MS = 500;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Ours first: what we believe, the siblings must know already. */
export async function loadBooks(places: Places, options: BookOptions): Promise<Books> {
  const orders = await loadOrdersBook(places.databaseUrl);
  const siblings = await loadSiblingsBook(places.sandboxUrl);
  const exchanges = options.exchanges ?? [];
  const untold = untoldOrders(orders, exchanges);
  const forgotten = options.isSandboxForgetful === true ? forgottenOrders(untold, siblings) : [];
  return {
    orders,
    siblings,
    exchanges,
    deliveries: (await options.heard?.()) ?? null,
    unheard: new Set(untold),
    forgotten: new Set(forgotten),
    isAtRest: options.isAtRest,
  };
}

/** Orders that no client of these exchanges was told of. */
function untoldOrders({ orders }: OrdersBook, exchanges: readonly Exchange[]): readonly string[] {
  const told = new Set(
    exchanges.flatMap(({ path, answer }) => JSON.stringify([path, answer?.body]).match(UUID) ?? []),
  );
  return orders.map((order) => order.id).filter((id) => !told.has(id));
}

function forgottenOrders(untold: readonly string[], { entries }: SiblingsBook): readonly string[] {
  const known = new Set(entries.map((entry) => entry.orderId));
  return untold.filter((id) => !known.has(id));
}

/** The books once nothing is under way any more; after `patienceMs` as they are, for the checker to say what hangs. */
export async function loadBooksAtRest(
  places: Places,
  options: Omit<BookOptions, 'isAtRest'> & { readonly patienceMs: number },
): Promise<Books> {
  const deadline = performance.now() + options.patienceMs;
  for (;;) {
    const books = await loadBooks(places, { ...options, isAtRest: true });
    if (checkBooks(books).length === 0 || performance.now() >= deadline) return books;
    await sleep(LOOK_EVERY_MS);
  }
}
