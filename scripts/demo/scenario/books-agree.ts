import { INVARIANT_GROUPS } from '../../invariants/check-books.js';
import { loadBooksAtRest } from '../../invariants/load-books.js';
import type { Section } from './section.js';

const REST_WITHIN_MS = 90_000;

export const booksAgree: Section = {
  title: 'Four books are compared: ours, the tickets’, the payments’ and what the buyers were told',
  async play(stage) {
    const { telling, addresses, databaseUrl, exchanges } = stage;
    const who = await stage.listener().catch(() => undefined);
    const books = await loadBooksAtRest(
      { databaseUrl, sandboxUrl: addresses.sandbox },
      // A reader may have emptied the sandbox between two tellings.
      {
        patienceMs: REST_WITHIN_MS,
        exchanges,
        isSandboxForgetful: true,
        ...(who === undefined ? {} : { heard: () => who.heard() }),
      },
    );
    telling.note(
      `${books.orders.orders.length} orders, ${books.siblings.entries.length} entries of the siblings, ${exchanges.length} requests of buyers, ${books.deliveries?.length ?? 0} events heard`,
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
