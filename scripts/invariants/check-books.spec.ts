import { INVARIANTS, type Books, type Invariant, type OrdersBook, type SiblingsBook } from './books.js';
import { checkBooks, INVARIANT_GROUPS } from './check-books.js';
import { cleanBooks, PAID, partlyRefunded, RESERVED, TENANT, TYPE } from './testing/clean-books.js';

type Ours = (book: OrdersBook) => Partial<OrdersBook>;
type Theirs = (book: SiblingsBook) => Partial<SiblingsBook>;

function ours(change: Ours, books: Books = cleanBooks()): Books {
  return { ...books, orders: { ...books.orders, ...change(books.orders) } };
}
function theirs(change: Theirs, books: Books = cleanBooks()): Books {
  return { ...books, siblings: { ...books.siblings, ...change(books.siblings) } };
}
/** Rows of one order, changed. */
function ofPaid<T extends { readonly orderId: string }>(
  rows: readonly T[],
  change: (row: T) => Partial<T>,
): T[] {
  return rows.map((row) => (row.orderId === PAID ? { ...row, ...change(row) } : row));
}
function paidOrder(change: Partial<OrdersBook['orders'][number]>): Ours {
  return ({ orders }) => ({ orders: orders.map((row) => (row.id === PAID ? { ...row, ...change } : row)) });
}
function answered(status: number, body: unknown, key = 'key-2'): Books {
  const books = cleanBooks();
  const exchange = { method: 'POST', path: '/api/v1/orders', key, answer: { status, body } };
  return { ...books, exchanges: [...books.exchanges, exchange] };
}
const toldOrder = { id: PAID, orderNumber: 'ORD-1', status: 'COMPLETED', version: 4, totalCents: 11_686 };

/** What is wrong in the book, and the invariants that must notice. */
const VIOLATIONS: readonly (readonly [string, Invariant, Books])[] = [
  [
    'an intent that was charged twice',
    'I1',
    theirs(({ entries }) => ({
      entries: [...entries, ...entries.filter((row) => row.operation === 'confirm-intent')],
    })),
  ],
  [
    'a paid order whose charge is not its total',
    'I1',
    theirs(({ intents }) => ({ intents: ofPaid(intents, () => ({ amountReceivedCents: 11_685 })) })),
  ],
  [
    'a second key for one effect',
    'I2',
    theirs(({ entries }) => ({
      entries: entries.map((row) =>
        row.operation === 'confirm' ? { ...row, key: `confirm:${PAID}:1:again` } : row,
      ),
    })),
  ],
  [
    'one key for two requests',
    'I2',
    theirs(({ entries }) => ({
      entries: entries.map((row) =>
        row.operation === 'confirm' ? { ...row, outcome: 'refused', code: 'KEY_REUSED' } : row,
      ),
    })),
  ],
  [
    'more paid back than came in',
    'I3',
    theirs(({ intents }) => ({ intents: ofPaid(intents, () => ({ refundedCents: 11_687 })) })),
  ],
  [
    'refunds beyond what was set aside for them',
    'I3',
    ours(
      ({ payments }) => ({ payments: ofPaid(payments, () => ({ refundReservedCents: 5_842 })) }),
      partlyRefunded(),
    ),
  ],
  [
    'an expired order that keeps its money',
    'I4',
    ours((book) => ({
      ...paidOrder({ status: 'EXPIRED' })(book),
      payments: ofPaid(book.payments, () => ({ receivedCents: 0 })),
    })),
  ],
  [
    'a refund that payment-service knows nothing of',
    'I4',
    theirs(({ intents }) => ({ intents: ofPaid(intents, () => ({ refundedCents: 0 })) }), partlyRefunded()),
  ],
  [
    'more tickets handed out than there are',
    'I5',
    theirs(({ stock }) => ({ stock: stock.map((row) => ({ ...row, oversold: 1 })) })),
  ],
  [
    'a ticket sold that belongs to no order',
    'I5',
    theirs(({ stock }) => ({ stock: stock.map((row) => ({ ...row, sold: 3 })) })),
  ],
  [
    'a hold of an order that has ended',
    'I6',
    ours(({ orders }) => ({
      orders: orders.map((row) => (row.id === RESERVED ? { ...row, status: 'CANCELLED' } : row)),
    })),
  ],
  [
    'a paid order without its tickets',
    'I6',
    theirs(({ entries }) => ({ entries: entries.filter((row) => row.operation !== 'confirm') })),
  ],
  [
    'seats released before the payment was dead',
    'I6',
    theirs(({ entries }) => ({
      entries: [
        {
          seq: 0,
          service: 'ticket-service',
          operation: 'release',
          orderId: PAID,
          key: `release:${PAID}:1`,
          outcome: 'executed',
          generation: 1,
          items: [{ ticketTypeId: TYPE, quantity: 2 }],
        },
        ...entries,
      ],
    })),
  ],
  ['money that is neither kept nor paid back', 'I7', ours(paidOrder({ status: 'CANCELLED' }))],
  [
    'an order that has both its tickets and its money',
    'I7',
    theirs(({ intents }) => ({ intents: ofPaid(intents, () => ({ refundedCents: 11_686 })) })),
  ],
  [
    'a history that jumps',
    'I8',
    ours(({ history }) => ({
      history: ofPaid(history, (row) => (row.sequence === 3 ? { fromStatus: 'PENDING' } : {})),
    })),
  ],
  [
    'a transition that the state table does not have',
    'I8',
    ours(({ history }) => ({
      history: history.map((row) =>
        row.orderId === RESERVED && row.sequence === 2 ? { ...row, toStatus: 'REFUNDED' } : row,
      ),
    })),
  ],
  [
    'an event number that is missing',
    'I8',
    ours(({ outbox }) => ({ outbox: outbox.filter((row) => row.orderId !== PAID || row.sequence !== 2) })),
  ],
  [
    'a reserved generation whose undo was sent',
    'I9',
    ours(({ effects }) => ({
      effects: ofPaid(effects, () => ({
        kind: 'tickets.release',
        queue: 'undo:1',
        key: `release:${PAID}:1`,
      })),
    })),
  ],
  ['an answer about an order that is not there', 'I10', answered(201, { ...toldOrder, id: 'order-lost' })],
  ['an answer about a status that never was', 'I10', answered(200, { ...toldOrder, status: 'CANCELLED' })],
  ['an answer with another total', 'I10', answered(200, { ...toldOrder, totalCents: 1 })],
  [
    'an intent that only the client knows',
    'I10',
    answered(200, { ...toldOrder, payment: { intentId: 'intent-lost' } }),
  ],
  [
    'a refund that only the client knows',
    'I10',
    answered(202, { id: 'refund-lost', orderId: PAID, amountCents: 5 }),
  ],
  ['two answers for one key', 'I10', answered(201, { ...toldOrder, orderNumber: 'ORD-2' }, 'key-1')],
  [
    'a feed that turns two events of an order round',
    'I11',
    ours(({ outbox }) => ({
      outbox: ofPaid(outbox, (row) => ({ position: 5 - row.sequence })),
    })),
  ],
  [
    'an event that the feed forgot',
    'I11',
    ours(({ outbox }) => ({
      outbox: ofPaid(outbox, (row) => (row.sequence === 4 ? { position: null } : {})),
    })),
  ],
  [
    'an event that no consumer heard',
    'I11',
    { ...cleanBooks(), deliveries: [{ orderId: PAID, sequence: 1 }] },
  ],
  ['a total that is not the sum of its parts', 'I14', ours(paidOrder({ taxCents: 865 }))],
  [
    'units that do not make the total',
    'I14',
    ours(({ items }) => ({ items: ofPaid(items, () => ({ allocatedCents: 11_685 })) })),
  ],
  ['an amount that is no number', 'I14', ours(paidOrder({ discountCents: Number.NaN }))],
  [
    'a row with another tenant',
    'I15',
    ours(({ tickets }) => ({ tickets: ofPaid(tickets, () => ({ tenantId: 'tenant-2' })) })),
  ],
  [
    "an event that tells of another tenant's order",
    'I15',
    ours(({ outbox }) => ({ outbox: ofPaid(outbox, () => ({ toldTenantId: 'tenant-2' })) })),
  ],
  ['a buyer above the limit', 'I16', ours(paidOrder({ purchaseLimit: 1 }))],
  [
    'a limit counter that drifted',
    'I16',
    ours(({ usage }) => ({ usage: usage.map((row) => ({ ...row, quantity: 1 })) })),
  ],
  [
    'a promo code used too often',
    'I16',
    ours(({ promoCodes }) => ({ promoCodes: promoCodes.map((row) => ({ ...row, maxRedemptions: 0 })) })),
  ],
  ['an operation that never ended', 'I17', ours(paidOrder({ op: 'cancelling' }))],
  [
    'an effect that nobody finished',
    'I17',
    ours(({ effects }) => ({ effects: ofPaid(effects, () => ({ state: 'pending' })) })),
  ],
  [
    'a key that stays in use',
    'I17',
    ours(() => ({
      runningKeys: [{ tenantId: TENANT, orderId: PAID, key: 'key-3', state: 'running', ageSeconds: 1 }],
    })),
  ],
  ['a session left in its transaction', 'I18', ours(() => ({ idleSessions: [{ pid: 7, idleSeconds: 31 }] }))],
];

describe('the invariants', () => {
  it('find nothing wrong in clean books', () => {
    expect(checkBooks(cleanBooks())).toEqual([]);
    expect(checkBooks(partlyRefunded())).toEqual([]);
  });

  it.each(VIOLATIONS)('report %s as %s', (_what, invariant, books) => {
    expect(checkBooks(books).map((found) => found.invariant)).toContain(invariant);
  });

  it('each have a book that breaks them, and a group that checks them', () => {
    expect([...new Set(VIOLATIONS.map(([, invariant]) => invariant))].sort()).toEqual([...INVARIANTS].sort());
    expect(INVARIANT_GROUPS.flatMap((group) => group.invariants).sort()).toEqual([...INVARIANTS].sort());
  });

  it('leave an order alone whose money an operator has in hand', () => {
    const books = ours((book) => ({
      ...paidOrder({ status: 'CANCELLED' })(book),
      history: book.history.map((row) =>
        row.orderId === PAID && row.sequence === 4 ? { ...row, toStatus: 'CANCELLED' } : row,
      ),
      findings: [{ orderId: PAID, kind: 'refund_failed' }],
    }));
    expect(checkBooks(books).filter(({ invariant }) => invariant === 'I4' || invariant === 'I7')).toEqual([]);
  });

  it('are not held against a sandbox that was emptied meanwhile', () => {
    const books = theirs(() => ({ entries: [], stock: [], intents: [] }));
    expect(checkBooks(books)).not.toEqual([]);
    expect(checkBooks({ ...books, forgotten: new Set([PAID, RESERVED]) })).toEqual([]);
  });

  it('are not held against a consumer that listened too late', () => {
    const deliveries = [1, 2, 2].map((sequence) => ({ orderId: RESERVED, sequence }));
    const books = { ...cleanBooks(), deliveries };
    expect(checkBooks(books)).toMatchObject([{ invariant: 'I11', orderId: PAID }]);
    expect(checkBooks({ ...books, unheard: new Set([PAID]) })).toEqual([]);
  });

  it('wait a minute for what is under way, and no longer', () => {
    const busy = (opAgeSeconds: number): Books => ({
      ...ours(paidOrder({ op: 'recovering', opAgeSeconds })),
      isAtRest: false,
    });
    expect(checkBooks(busy(59)).map((found) => found.invariant)).not.toContain('I17');
    expect(checkBooks(busy(61)).map((found) => found.invariant)).toContain('I17');
  });
});
