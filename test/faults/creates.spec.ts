import { z } from 'zod';
import { checkBooks } from '../../scripts/invariants/check-books.js';
import { loadBooksAtRest } from '../../scripts/invariants/load-books.js';
import { Clients, post } from './clients.js';
import { Stack } from './stack.js';

const WITHIN_MS = 90_000;
const REST_WITHIN_MS = 20_000;
/** More than go alone: the others wait for them and go together. */
const BUYERS = 8;

const tokenBody = z.object({ token: z.string() });
const eventBody = z.object({ id: z.string(), ticketTypes: z.array(z.object({ id: z.string() })) });

describe('creates of one event whose process is struck at a commit', () => {
  const clients = new Clients();
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start();
  }, WITHIN_MS);

  afterEach(async () => {
    await stack.killServices();
  });

  afterAll(async () => {
    await stack.stop();
  }, WITHIN_MS);

  it.each(['create.tx1.before-commit', 'create.tx1.after-commit'] as const)(
    'exist once each when they are sent again: %s',
    async (point) => {
      const event = eventBody.parse(
        await stack.askSandbox('POST', '/sandbox/events', {
          name: point,
          ticketTypes: [{ name: 'Stalls', unitPriceCents: 9_000, capacity: 100 }],
        }),
      );
      const basket = { eventId: event.id, items: [{ ticketTypeId: event.ticketTypes[0]?.id, quantity: 1 }] };
      const wishes = await Promise.all(
        Array.from({ length: BUYERS }, async () => {
          const { token } = tokenBody.parse(await stack.askSandbox('POST', '/sandbox/tokens', {}));
          return post('/api/v1/orders', token, basket);
        }),
      );
      const armed = { point, isFrozen: false };
      const struck = await stack.service(armed);
      const lost = Promise.all(wishes.map((wish) => clients.ask(struck, wish)));
      await struck.struck(armed);
      expect(await lost).toContain(null);

      const second = await stack.service();
      const created = await Promise.all(wishes.map((wish) => clients.insist(second, wish)));

      expect(created.map(({ status }) => status)).toEqual(wishes.map(() => 201));
      const [row] = await stack.sql<{ orders: number }>(
        'select count(*)::int as orders from orders where event_id = $1',
        [event.id],
      );
      expect(row?.orders).toBe(BUYERS);
      const books = await loadBooksAtRest(
        { databaseUrl: stack.databaseUrl, sandboxUrl: stack.sandboxUrl },
        { patienceMs: REST_WITHIN_MS, exchanges: clients.exchanges },
      );
      expect(checkBooks(books)).toEqual([]);
    },
    WITHIN_MS,
  );
});
