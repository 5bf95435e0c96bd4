import { violation, type Books, type Violation } from './books.js';

/** I15: nothing of an order lies with another tenant, and no event tells one tenant of another's order. */
export function checkTenants(books: Books): readonly Violation[] {
  const { orders, items, payments, refunds, tickets, effects, history, outbox, redemptions, limitClaims } =
    books.orders;
  const tenantOf = new Map(orders.map((order) => [order.id, order.tenantId]));
  const parts = { items, payments, refunds, tickets, effects, history, outbox, redemptions, limitClaims };
  const strangers = Object.entries(parts).flatMap(([table, rows]) =>
    rows
      .filter((row) => tenantOf.get(row.orderId) !== row.tenantId)
      .map((row) => violation('I15', row.orderId, `A row of ${table} lies with tenant ${row.tenantId}.`)),
  );
  const wronglyTold = outbox
    .filter(
      (row) =>
        row.toldTenantId !== row.tenantId ||
        row.toldOrderId !== row.orderId ||
        row.toldSequence !== row.sequence,
    )
    .map((row) =>
      violation(
        'I15',
        row.orderId,
        `Event ${row.sequence} tells of order ${row.toldOrderId ?? 'nobody'} of tenant ${row.toldTenantId ?? 'nobody'}.`,
      ),
    );
  return [...strangers, ...wronglyTold];
}
