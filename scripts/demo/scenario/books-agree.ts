import { INVARIANT_GROUPS } from '../../invariants/check-books.js';
import { loadBooksAtRest } from '../../invariants/load-books.js';
import type { Section } from './section.js';

const REST_WITHIN_MS = 90_000;

export const booksAgree: Section = {
  title: 'Four books are compared: ours, the tickets’, the payments’ and what the buyers were told',
  async play({ telling, addresses, databaseUrl, exchanges }) {
    const books = await loadBooksAtRest(
      { databaseUrl, sandboxUrl: addresses.sandbox },
      // A reader may have emptied the sandbox between two tellings.
      { patienceMs: REST_WITHIN_MS, exchanges, isSandboxForgetful: true },
    );
    telling.note(
      `${books.orders.orders.length} orders, ${books.siblings.entries.length} entries of the siblings, ${exchanges.length} requests of buyers`,
    );
    for (const group of INVARIANT_GROUPS) {
      const violations = group.check(books);
      const [first] = violations;
      telling.claim(
        group.claim,
        first === undefined,
        first === undefined
          ? group.invariants.join(', ')
          : `${violations.length} violation(s), the first: ${first.invariant} ${first.orderId ?? ''} ${first.sentence}`,
      );
    }
  },
};
