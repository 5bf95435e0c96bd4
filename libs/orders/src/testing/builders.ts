import { newOrder, type NewOrderFacts } from '../domain/new-order.js';
import type { Order, OrderPayment } from '../domain/order.js';
import type { OrderRefund } from '../domain/refund.js';
import type { EffectRecord } from '../persistence/effect-records.store.js';
import type { Finding } from '../persistence/findings.store.js';

export const TICKET_TYPE = '0190a000-0000-7000-8000-000000000001';
export const NOW = new Date('2026-06-01T12:00:00Z');

/** What a buyer of two tickets of 50.00 without fees asked for. */
export function newOrderFacts(changes: Partial<NewOrderFacts> = {}): NewOrderFacts {
  const fees = [0, 0];
  return {
    tenantId: 't',
    userId: 'u',
    orderNumber: 'ORD-0',
    creationKey: 'k',
    now: NOW,
    pendingTtlMs: 60_000,
    event: { id: 'e', name: 'Concert', startsAt: '2026-12-01T20:00:00Z', purchaseLimitPerBuyer: null },
    names: new Map([[TICKET_TYPE, 'Stalls']]),
    price: {
      currency: 'USD',
      subtotalCents: 10_000,
      discountCents: 0,
      platformFeeCents: 0,
      processingFeeCents: 0,
      taxCents: 0,
      totalCents: 10_000,
      discounts: [],
      lines: [
        {
          ticketTypeId: TICKET_TYPE,
          quantity: 2,
          unitPriceCents: 5_000,
          totalPriceCents: 10_000,
          allocation: {
            subtotalCents: [5_000, 5_000],
            discountCents: fees,
            platformFeeCents: fees,
            processingFeeCents: fees,
            taxCents: fees,
          },
        },
      ],
    },
    pricingPolicyIds: [],
    refundPolicy: {
      id: null,
      rules: [],
      refundsPlatformFee: true,
      refundsProcessingFee: true,
      refundsTax: true,
    },
    discounts: [],
    billingAddress: null,
    shippingAddress: null,
    metadata: {},
    ...changes,
  };
}

/** Two tickets of 50.00 without fees, paid by `pi` and issued. */
export function anOrder(changes: Partial<Order> = {}): Order {
  const order = newOrder(newOrderFacts());
  return {
    ...order,
    status: 'COMPLETED',
    expiresAt: null,
    paymentIntentId: 'pi',
    payments: [aPayment()],
    ...changes,
  };
}

export function aPayment(changes: Partial<OrderPayment> = {}): OrderPayment {
  return {
    paymentIntentId: 'pi',
    generation: 1,
    amountCents: 10_000,
    currency: 'USD',
    status: 'succeeded',
    receivedCents: 10_000,
    refundReservedCents: 0,
    clientSecretSealed: null,
    ...changes,
  };
}

export function aRefund(order: Order, changes: Partial<OrderRefund> = {}): OrderRefund {
  const [item] = order.items;
  return {
    id: 'r',
    orderId: order.id,
    paymentIntentId: 'pi',
    status: 'SUCCEEDED',
    kind: 'units',
    amountCents: 10_000,
    currency: 'USD',
    reason: 'ill',
    policyClause: null,
    principal: 'user:u',
    idempotencyKey: 'k',
    failureCode: null,
    createdAt: NOW,
    settledAt: NOW,
    items: [{ itemId: item?.id ?? '', units: [0, 1], unitGoodwillCents: [], amountCents: 10_000 }],
    ...changes,
  };
}

/** A release that has not been sent yet. */
export function anEffectRecord(changes: Partial<EffectRecord> = {}): EffectRecord {
  return {
    id: 'e-1',
    orderId: 'o',
    kind: 'tickets.release',
    state: 'pending',
    queue: 'main',
    sequence: 1,
    generation: 1,
    key: 'release:o:1',
    attempts: 0,
    outcome: null,
    createdAt: NOW,
    firstSentAt: null,
    dueAt: null,
    finishedAt: null,
    ...changes,
  };
}

export function aFinding(changes: Partial<Finding> = {}): Finding {
  return {
    id: 'f-1',
    kind: 'surplus_money',
    subject: 'second',
    orderId: 'o',
    state: 'OPEN',
    sightings: 2,
    details: {},
    firstSeenAt: NOW,
    lastSeenAt: NOW,
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    resolvedBy: null,
    resolution: null,
    ...changes,
  };
}
