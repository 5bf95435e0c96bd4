import { setTimeout as sleep } from 'node:timers/promises';
import type { Books, Exchange } from './books.js';
import { checkBooks } from './check-books.js';
import { loadOrdersBook } from './load-orders-book.js';
import { loadSiblingsBook } from './load-siblings-book.js';

export interface Places {
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
}

const LOOK_EVERY_MS = 500;

/** Ours first: what we believe, the siblings must know already. */
export async function loadBooks(
  places: Places,
  options: { readonly isAtRest: boolean; readonly exchanges?: readonly Exchange[] },
): Promise<Books> {
  const orders = await loadOrdersBook(places.databaseUrl);
  const siblings = await loadSiblingsBook(places.sandboxUrl);
  return {
    orders,
    siblings,
    exchanges: options.exchanges ?? [],
    deliveries: null,
    isAtRest: options.isAtRest,
  };
}

/** The books once nothing is under way any more; after `patienceMs` as they are, for the checker to say what hangs. */
export async function loadBooksAtRest(
  places: Places,
  options: { readonly patienceMs: number; readonly exchanges?: readonly Exchange[] },
): Promise<Books> {
  const deadline = performance.now() + options.patienceMs;
  for (;;) {
    const books = await loadBooks(places, { ...options, isAtRest: true });
    if (checkBooks(books).length === 0 || performance.now() >= deadline) return books;
    await sleep(LOOK_EVERY_MS);
  }
}
