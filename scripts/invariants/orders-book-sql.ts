import type { OrdersBook } from './books.js';

/** Seconds since an instant, by the database's clock. */
function age(instant: string): string {
  return `extract(epoch from now() - ${instant})::float8`;
}

function sumOfUnits(column: string): string {
  return `(select coalesce(sum(unit), 0) from unnest(${column}) as unit)`;
}

const OF_ORDER = 'tenant_id as "tenantId", order_id as "orderId"';

/** Amounts come as floating-point numbers: exact up to 2^53, and above it visibly too large. */
export const ORDERS_BOOK_SQL: Readonly<Record<keyof OrdersBook, string>> = {
  orders: `
    select tenant_id as "tenantId", id, user_id as "userId", event_id as "eventId", status, version, currency,
           subtotal_cents::float8 as "subtotalCents", discount_cents::float8 as "discountCents",
           platform_fee_cents::float8 as "platformFeeCents", processing_fee_cents::float8 as "processingFeeCents",
           tax_cents::float8 as "taxCents", total_cents::float8 as "totalCents",
           refunded_cents::float8 as "refundedCents", pending_refund_cents::float8 as "pendingRefundCents",
           payment_intent_id as "paymentIntentId", op, ${age('coalesce(op_started_at, now())')} as "opAgeSeconds",
           ${age('updated_at')} as "statusAgeSeconds", event_sequence as "eventSequence",
           audit_sequence as "auditSequence", fence_gave_up as "fenceGaveUp", purchase_limit as "purchaseLimit"
      from orders`,
  items: `
    select ${OF_ORDER}, ticket_type_id as "ticketTypeId", quantity, refunded_quantity as "refundedQuantity",
           unit_price_cents::float8 as "unitPriceCents", total_price_cents::float8 as "totalPriceCents",
           (${sumOfUnits('unit_subtotal_cents')} - ${sumOfUnits('unit_discount_cents')}
            + ${sumOfUnits('unit_platform_fee_cents')} + ${sumOfUnits('unit_processing_fee_cents')}
            + ${sumOfUnits('unit_tax_cents')})::float8 as "allocatedCents"
      from order_items`,
  payments: `
    select ${OF_ORDER}, payment_intent_id as "paymentIntentId", generation, status,
           received_cents::float8 as "receivedCents", refund_reserved_cents::float8 as "refundReservedCents"
      from order_payments`,
  refunds: `
    select r.tenant_id as "tenantId", r.order_id as "orderId", r.id, r.payment_intent_id as "paymentIntentId",
           r.status, r.kind, r.amount_cents::float8 as "amountCents", ${age('r.created_at')} as "ageSeconds",
           coalesce((select sum(i.amount_cents) from order_refund_items i
                      where i.tenant_id = r.tenant_id and i.refund_id = r.id), 0)::float8 as "itemsCents"
      from order_refunds r`,
  tickets: `select ${OF_ORDER}, id, ticket_type_id as "ticketTypeId", status from order_tickets`,
  effects: `
    select ${OF_ORDER}, kind, queue, generation, key, state, ${age('created_at')} as "ageSeconds"
      from order_effects`,
  history: `
    select ${OF_ORDER}, sequence, type, from_status as "fromStatus", to_status as "toStatus" from order_events`,
  outbox: `
    select ${OF_ORDER}, event_sequence as sequence, type, position::float8 as position, ${age('created_at')} as "ageSeconds",
           payload ->> 'tenantid' as "toldTenantId", payload ->> 'subject' as "toldOrderId",
           (payload ->> 'sequence')::integer as "toldSequence"
      from outbox`,
  runningKeys: `
    select ${OF_ORDER}, key, state, ${age('created_at')} as "ageSeconds"
      from idempotency_keys where state = 'running' and lease_until > now()`,
  promoCodes: `
    select tenant_id as "tenantId", id, redemptions, max_redemptions as "maxRedemptions",
           max_redemptions_per_buyer as "maxRedemptionsPerBuyer"
      from promo_codes`,
  redemptions: `
    select ${OF_ORDER}, promo_code_id as "promoCodeId", user_id as "userId", given_back_at is not null as "isGivenBack"
      from promo_redemptions`,
  usage: `
    select tenant_id as "tenantId", user_id as "userId", event_id as "eventId", quantity from buyer_event_usage`,
  limitClaims: `
    select ${OF_ORDER}, user_id as "userId", event_id as "eventId", quantity from purchase_limit_claims`,
  findings: `select order_id as "orderId", kind from reconciliation_findings where state <> 'RESOLVED'`,
  operations: `
    select id, status, ${age('created_at')} as "ageSeconds" from operations where finished_at is null`,
  idleSessions: `
    select pid, ${age('state_change')} as "idleSeconds" from pg_stat_activity
     where datname = current_database() and state like 'idle in transaction%' and pid <> pg_backend_pid()`,
};
