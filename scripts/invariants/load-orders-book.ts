import { Client, type QueryResultRow } from 'pg';
import type { OrdersBook } from './books.js';
import { ORDERS_BOOK_SQL } from './orders-book-sql.js';

/**
 * Reads our book as of one moment, as a login that sees every tenant (the owner of the tables or a superuser).
 * @throws when the database does not answer or the login is bound to a tenant
 */
export async function loadOrdersBook(databaseUrl: string): Promise<OrdersBook> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read, read only');
    const rows = async <Row>(name: keyof OrdersBook): Promise<readonly Row[]> =>
      (await client.query<Row & QueryResultRow>(ORDERS_BOOK_SQL[name])).rows;
    const book: OrdersBook = {
      orders: await rows('orders'),
      items: await rows('items'),
      payments: await rows('payments'),
      refunds: await rows('refunds'),
      tickets: await rows('tickets'),
      effects: await rows('effects'),
      history: await rows('history'),
      outbox: await rows('outbox'),
      runningKeys: await rows('runningKeys'),
      promoCodes: await rows('promoCodes'),
      redemptions: await rows('redemptions'),
      usage: await rows('usage'),
      limitClaims: await rows('limitClaims'),
      findings: await rows('findings'),
      operations: await rows('operations'),
      idleSessions: await rows('idleSessions'),
    };
    await client.query('commit');
    return book;
  } finally {
    await client.end();
  }
}
