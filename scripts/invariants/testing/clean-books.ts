import type {
  Books,
  EffectRow,
  HistoryRow,
  LedgerEntry,
  OrderRow,
  OrdersBook,
  OutboxRow,
  SiblingsBook,
} from '../books.js';

export const TENANT = 'tenant-1';
export const PAID = 'order-paid';
export const RESERVED = 'order-reserved';
export const TYPE = 'type-1';
const EVENT = 'event-1';

function order(id: string, fields: Partial<OrderRow>): OrderRow {
  return {
    tenantId: TENANT,
    id,
    userId: `user-of-${id}`,
    eventId: EVENT,
    status: 'PENDING',
    version: 1,
    currency: 'USD',
    subtotalCents: 10_000,
    discountCents: 0,
    platformFeeCents: 500,
    processingFeeCents: 320,
    taxCents: 866,
    totalCents: 11_686,
    refundedCents: 0,
    pendingRefundCents: 0,
    paymentIntentId: null,
    op: null,
    opAgeSeconds: 0,
    statusAgeSeconds: 5,
    eventSequence: 1,
    auditSequence: 1,
    fenceGaveUp: false,
    purchaseLimit: 4,
    ...fields,
  };
}

function path(orderId: string, statuses: readonly string[]): readonly HistoryRow[] {
  return statuses.map((toStatus, index) => ({
    tenantId: TENANT,
    orderId,
    sequence: index + 1,
    type: `order.${toStatus.toLowerCase()}`,
    fromStatus: statuses[index - 1] ?? null,
    toStatus,
  }));
}

function events(orderId: string, count: number, firstPosition: number): readonly OutboxRow[] {
  return Array.from({ length: count }, (_event, index) => ({
    tenantId: TENANT,
    orderId,
    sequence: index + 1,
    type: 'order.created',
    position: firstPosition + index,
    toldTenantId: TENANT,
    toldOrderId: orderId,
    toldSequence: index + 1,
    ageSeconds: 5,
  }));
}

function effect(orderId: string, fields: Pick<EffectRow, 'kind' | 'key' | 'state'>): EffectRow {
  return { tenantId: TENANT, orderId, queue: 'main', generation: 1, ageSeconds: 5, ...fields };
}

function entry(seq: number, orderId: string, fields: Partial<LedgerEntry>): LedgerEntry {
  return {
    seq,
    service: 'ticket-service',
    operation: 'reserve',
    orderId,
    key: `${fields.operation ?? 'reserve'}:${orderId}:1`,
    outcome: 'executed',
    generation: 1,
    ...fields,
  };
}

const TWO = [{ ticketTypeId: TYPE, quantity: 2 }];
const ONE = [{ ticketTypeId: TYPE, quantity: 1 }];

const PAID_INTENT = `intent-of-${PAID}`;
const OPEN_INTENT = `intent-of-${RESERVED}`;

function cleanOrders(): Pick<OrdersBook, 'orders' | 'items' | 'tickets' | 'effects' | 'history' | 'outbox'> {
  return {
    orders: [
      order(PAID, {
        status: 'COMPLETED',
        version: 4,
        paymentIntentId: PAID_INTENT,
        eventSequence: 4,
        auditSequence: 4,
      }),
      order(RESERVED, {
        status: 'RESERVED',
        version: 2,
        paymentIntentId: OPEN_INTENT,
        eventSequence: 2,
        auditSequence: 2,
      }),
    ],
    items: [PAID, RESERVED].map((orderId) => ({
      tenantId: TENANT,
      orderId,
      ticketTypeId: TYPE,
      quantity: 2,
      refundedQuantity: 0,
      unitPriceCents: 5_000,
      totalPriceCents: 10_000,
      allocatedCents: 11_686,
    })),
    tickets: ['ticket-1', 'ticket-2'].map((id) => ({
      tenantId: TENANT,
      orderId: PAID,
      id,
      ticketTypeId: TYPE,
      status: 'ISSUED',
    })),
    effects: [effect(PAID, { kind: 'tickets.confirm', key: `confirm:${PAID}:1`, state: 'done' })],
    history: [
      ...path(PAID, ['PENDING', 'RESERVED', 'CONFIRMED', 'COMPLETED']),
      ...path(RESERVED, ['PENDING', 'RESERVED']),
    ],
    outbox: [...events(PAID, 4, 1), ...events(RESERVED, 2, 5)],
  };
}

function cleanPayments(): OrdersBook['payments'] {
  return [
    { orderId: PAID, paymentIntentId: PAID_INTENT, status: 'succeeded', receivedCents: 11_686 },
    { orderId: RESERVED, paymentIntentId: OPEN_INTENT, status: 'open', receivedCents: 0 },
  ].map((payment) => ({ tenantId: TENANT, generation: 1, refundReservedCents: 0, ...payment }));
}

function cleanLimits(): Pick<OrdersBook, 'promoCodes' | 'redemptions' | 'usage' | 'limitClaims'> {
  const counted = [PAID, RESERVED].map((orderId) => ({
    tenantId: TENANT,
    orderId,
    userId: `user-of-${orderId}`,
    eventId: EVENT,
    quantity: 2,
  }));
  return {
    promoCodes: [
      { tenantId: TENANT, id: 'promo-1', redemptions: 1, maxRedemptions: 5, maxRedemptionsPerBuyer: 1 },
    ],
    redemptions: [
      {
        tenantId: TENANT,
        orderId: PAID,
        promoCodeId: 'promo-1',
        userId: `user-of-${PAID}`,
        isGivenBack: false,
      },
    ],
    usage: counted,
    limitClaims: counted,
  };
}

function cleanSiblings(): SiblingsBook {
  const common = { amountCents: 11_686, currency: 'USD', refundedCents: 0 };
  return {
    entries: [
      entry(1, PAID, { operation: 'reserve', items: TWO }),
      entry(2, RESERVED, { operation: 'reserve', items: TWO }),
      entry(3, PAID, {
        service: 'payment-service',
        operation: 'confirm-intent',
        key: null,
        paymentIntentId: PAID_INTENT,
        amountCents: 11_686,
      }),
      entry(4, PAID, { operation: 'confirm', items: TWO }),
    ],
    stock: [{ ticketTypeId: TYPE, capacity: 10, held: 2, sold: 2, oversold: 0 }],
    intents: [
      {
        ...common,
        paymentIntentId: PAID_INTENT,
        orderId: PAID,
        status: 'succeeded',
        amountReceivedCents: 11_686,
      },
      {
        ...common,
        paymentIntentId: OPEN_INTENT,
        orderId: RESERVED,
        status: 'requires_payment_method',
        amountReceivedCents: 0,
      },
    ],
  };
}

/** One order that is paid and complete, and one that is reserved and not paid yet; everything about them is right. */
export function cleanBooks(): Books {
  const told = { id: PAID, orderNumber: 'ORD-1', status: 'PENDING', version: 1, totalCents: 11_686 };
  return {
    isAtRest: true,
    deliveries: null,
    unheard: new Set(),
    forgotten: new Set(),
    exchanges: [
      { method: 'POST', path: '/api/v1/orders', key: 'key-1', answer: { status: 201, body: told } },
    ],
    orders: {
      ...cleanOrders(),
      ...cleanLimits(),
      payments: cleanPayments(),
      refunds: [],
      runningKeys: [],
      findings: [],
      operations: [],
      idleSessions: [],
    },
    siblings: cleanSiblings(),
  };
}

/** The paid order after one of its two tickets went back for half the money; right to the cent. */
export function partlyRefunded(): Books {
  const books = cleanBooks();
  const { orders, siblings } = books;
  return {
    ...books,
    orders: {
      ...orders,
      orders: orders.orders.map((row) =>
        row.id === PAID ? { ...row, refundedCents: 5_843, eventSequence: 5, version: 6 } : row,
      ),
      items: orders.items.map((row) => (row.orderId === PAID ? { ...row, refundedQuantity: 1 } : row)),
      payments: orders.payments.map((row) =>
        row.orderId === PAID ? { ...row, refundReservedCents: 5_843 } : row,
      ),
      refunds: [
        {
          tenantId: TENANT,
          orderId: PAID,
          id: 'refund-1',
          paymentIntentId: PAID_INTENT,
          status: 'SUCCEEDED',
          kind: 'units',
          amountCents: 5_843,
          itemsCents: 5_843,
          ageSeconds: 5,
        },
      ],
      tickets: orders.tickets.map((row) => (row.id === 'ticket-2' ? { ...row, status: 'VOID' } : row)),
      outbox: [...events(PAID, 5, 1), ...events(RESERVED, 2, 6)],
    },
    siblings: {
      entries: [
        ...siblings.entries,
        entry(5, PAID, { operation: 'release', key: `release:${PAID}:1:refund-1`, items: ONE }),
        entry(6, PAID, {
          service: 'payment-service',
          operation: 'refund',
          key: 'refund:refund-1',
          refundId: 'refund-1',
          amountCents: 5_843,
        }),
      ],
      stock: siblings.stock.map((row) => ({ ...row, sold: 1 })),
      intents: siblings.intents.map((row) =>
        row.paymentIntentId === PAID_INTENT ? { ...row, refundedCents: 5_843 } : row,
      ),
    },
  };
}
