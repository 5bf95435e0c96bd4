import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { LoadRequest } from './closed-load.js';
import type { LoadStack } from './stack.js';

const token = z.object({ token: z.string(), sub: z.string(), tenantId: z.string() });
export type Buyer = z.infer<typeof token>;

const event = z.object({
  id: z.string(),
  currency: z.string(),
  ticketTypes: z.array(z.object({ id: z.string(), unitPriceCents: z.number() })),
});
export type Show = z.infer<typeof event>;

const PLENTY = 10_000_000;
const AT_ONCE = 50;

/** Buyers whom nobody has seen before, with a token each. */
export async function newBuyers(stack: LoadStack, count: number): Promise<readonly Buyer[]> {
  const buyers: Buyer[] = [];
  while (buyers.length < count) {
    const wanted = Math.min(AT_ONCE, count - buyers.length);
    const minted = await Promise.all(
      Array.from({ length: wanted }, () => stack.ask('POST', '/sandbox/tokens', {})),
    );
    buyers.push(...minted.map((answer) => token.parse(answer)));
  }
  return buyers;
}

/** An event with two kinds of tickets, plenty of each unless a capacity is named. */
export async function newShow(stack: LoadStack, name: string, capacity: number = PLENTY): Promise<Show> {
  return event.parse(
    await stack.ask('POST', '/sandbox/events', {
      name,
      ticketTypes: [
        { name: 'Balcony', unitPriceCents: 4_500, capacity },
        { name: 'Stalls', unitPriceCents: 9_000, capacity },
      ],
    }),
  );
}

/** Buyers in turn. */
export class Queue {
  private index = 0;

  constructor(private readonly buyers: readonly Buyer[]) {}

  next(): Buyer {
    const buyer = this.buyers[this.index % this.buyers.length];
    this.index += 1;
    if (buyer === undefined) throw new Error('There are no buyers.');
    return buyer;
  }
}

export interface Basket {
  readonly eventId: string;
  readonly items: { readonly ticketTypeId: string; readonly quantity: number }[];
}

/** Two lines of three tickets. */
export function basketOf(show: Show): Basket {
  const items = show.ticketTypes.map(({ id }, index) => ({ ticketTypeId: id, quantity: index + 1 }));
  return { eventId: show.id, items };
}

/** One ticket of the first kind. */
export function oneTicketOf(show: Show): Basket {
  return {
    eventId: show.id,
    items: show.ticketTypes.slice(0, 1).map(({ id }) => ({ ticketTypeId: id, quantity: 1 })),
  };
}

export function createRequest(buyer: Buyer, basket: Basket): LoadRequest {
  return post(buyer, '/api/v1/orders', basket);
}

export function reserveRequest(buyer: Buyer, orderId: string): LoadRequest {
  return post(buyer, `/api/v1/orders/${orderId}/reserve`);
}

function post(buyer: Buyer, path: string, body?: unknown): LoadRequest {
  return {
    method: 'POST',
    path,
    headers: {
      authorization: `Bearer ${buyer.token}`,
      'idempotency-key': randomUUID(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

export function get(buyer: Buyer, path: string): LoadRequest {
  return { method: 'GET', path, headers: { authorization: `Bearer ${buyer.token}` } };
}
