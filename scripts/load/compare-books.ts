import { Client } from 'pg';
import { BrokerListener } from '../demo/broker-listener.js';
import { INVARIANT_GROUPS } from '../invariants/check-books.js';
import { loadBooksAtRest } from '../invariants/load-books.js';
import type { AnswerBook } from './stage.js';
import type { LoadStack } from './stack.js';

/** The worker still finishes what the load left: refunds settle, effects are retried, a backlog of events drains. */
const REST_WITHIN_MS = 120_000;
/** More are not read into memory; such a table is only read from, and its scenario watches that nothing changes. */
const ORDERS_MAX = 400_000;
const SHOWN_MAX = 5;

export interface Claim {
  readonly claim: string;
  readonly invariants: readonly string[];
  readonly violations: number;
  /** The first few, as sentences. */
  readonly examples: readonly string[];
}

export interface BooksReport {
  readonly orders: number;
  /** Entries of ticket-service and payment-service. */
  readonly siblingEntries: number;
  readonly answers: number;
  /** Events that a subscriber heard; null without a broker. */
  readonly events: number | null;
  /** null when there were too many orders to compare. */
  readonly claims: readonly Claim[] | null;
}

/** A subscriber to the order events, where there is a broker. */
export async function listen({ broker }: LoadStack): Promise<BrokerListener | undefined> {
  return broker === undefined ? undefined : BrokerListener.open(broker);
}

/** Compares the books of orders, tickets, payments and events, and what clients were told, once all is at rest. */
export async function compareBooks(
  stack: LoadStack,
  { exchanges }: AnswerBook,
  listener: BrokerListener | undefined,
): Promise<BooksReport> {
  const orders = await countOrders(stack.databaseUrl);
  if (orders > ORDERS_MAX)
    return { orders, siblingEntries: 0, answers: exchanges.length, events: null, claims: null };
  const books = await loadBooksAtRest(
    { databaseUrl: stack.databaseUrl, sandboxUrl: stack.sandboxUrl },
    {
      patienceMs: REST_WITHIN_MS,
      exchanges,
      ...(listener === undefined ? {} : { heard: () => listener.heard() }),
    },
  );
  return {
    orders,
    siblingEntries: books.siblings.entries.length,
    answers: exchanges.length,
    events: books.deliveries?.length ?? null,
    claims: INVARIANT_GROUPS.map(({ claim, invariants, check }) => {
      const violations = check(books);
      return {
        claim,
        invariants,
        violations: violations.length,
        examples: violations
          .slice(0, SHOWN_MAX)
          .map(({ invariant, orderId, sentence }) => `${invariant} ${orderId ?? ''} ${sentence}`),
      };
    }),
  };
}

async function countOrders(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from orders');
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
