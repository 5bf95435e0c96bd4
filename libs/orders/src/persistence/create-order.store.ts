import { Injectable } from '@nestjs/common';
import { REPLAY_MS, type Answer, type IdempotencyRequest, type Transaction } from '@app/platform';
import type { Order } from '../domain/order.js';
import { outboxRecords, type NewEvent } from '../events/outbox.store.js';
import {
  ORDER_INSERT_COLUMNS,
  ORDER_RECORD_FIELDS,
  ORDER_RECORD_TYPES,
  orderRecord,
} from './order-columns.js';

/** An order about to be born, with the answer its client will get. */
export interface OrderBirth {
  readonly order: Order;
  readonly idempotency: IdempotencyRequest;
  readonly answer: Answer;
  readonly event: NewEvent;
  /** Of the request that asked for it, for the order's history. */
  readonly requestId: string;
}

export interface BirthsResult {
  /** The orders that are there now; the key of any other was used before. */
  readonly createdIds: readonly string[];
  readonly isSaleStopped: boolean;
}

/**
 * Whole births of one event's orders as one statement: keys with their answers, orders, items with allocations,
 * addresses, discounts, promo use and outbox. Everything of an order hangs on the claim of its key, so a key that
 * exists already makes nothing; the history rows are the trigger's, which runs after the last line has named the
 * requests to it.
 */
const CREATE_SQL = `
  with stopped as (
    select 1 from sale_stops where tenant_id = $1 and event_id = $2
  ),
  claim as (
    insert into idempotency_keys (tenant_id, principal, key, fingerprint, state, attempt, order_id, response_status, response_body, response_headers, created_at, expires_at)
    select $1, r.principal, r.key, r.fingerprint, 'done', 1, r."orderId", r.status, r.body, r.headers, now(), now() + $4 * interval '1 millisecond'
      from jsonb_to_recordset($3) as r ("orderId" uuid, principal text, key uuid, fingerprint text, status smallint, body text, headers jsonb)
     where not exists (select 1 from stopped)
    on conflict (tenant_id, principal, key) do update
       set fingerprint = excluded.fingerprint, state = 'done', attempt = idempotency_keys.attempt + 1, lease_until = null,
           order_id = excluded.order_id, response_status = excluded.response_status, response_body = excluded.response_body,
           response_headers = excluded.response_headers, response_secret_sealed = null, created_at = now(), expires_at = excluded.expires_at
     where idempotency_keys.expires_at <= now()
        or (idempotency_keys.state = 'running' and idempotency_keys.lease_until <= now() and idempotency_keys.fingerprint = excluded.fingerprint)
    returning order_id
  ),
  new_orders as (
    insert into orders (${ORDER_INSERT_COLUMNS})
    select ${ORDER_RECORD_FIELDS} from jsonb_to_recordset($5) as r (${ORDER_RECORD_TYPES}) join claim on claim.order_id = r.id
  ),
  new_items as (
    insert into order_items (tenant_id, id, order_id, position, ticket_type_id, name, quantity, unit_price_cents, total_price_cents,
      unit_subtotal_cents, unit_discount_cents, unit_platform_fee_cents, unit_processing_fee_cents, unit_tax_cents)
    select $1, r.id, r."orderId", r.position, r."ticketTypeId", r.name, r.quantity, r."unitPriceCents", r."totalPriceCents",
           r.subtotal, r.discount, r."platformFee", r."processingFee", r.tax
      from jsonb_to_recordset($6) as r ("orderId" uuid, id uuid, position smallint, "ticketTypeId" uuid, name text, quantity smallint,
        "unitPriceCents" bigint, "totalPriceCents" bigint, subtotal bigint[], discount bigint[], "platformFee" bigint[], "processingFee" bigint[], tax bigint[])
      join claim on claim.order_id = r."orderId"
  ),
  new_addresses as (
    insert into order_addresses (tenant_id, order_id, kind, name, email, phone, line1, line2, city, region, postal_code, country)
    select $1, r."orderId", r.kind, r.name, r.email, r.phone, r.line1, r.line2, r.city, r.region, r."postalCode", r.country
      from jsonb_to_recordset($7) as r ("orderId" uuid, kind text, name text, email text, phone text, line1 text, line2 text, city text, region text, "postalCode" text, country text)
      join claim on claim.order_id = r."orderId"
  ),
  new_discounts as (
    insert into order_discounts (tenant_id, order_id, code, promo_code_id, amount_cents)
    select $1, r."orderId", r.code, r."promoCodeId", r."amountCents"
      from jsonb_to_recordset($8) as r ("orderId" uuid, code text, "promoCodeId" uuid, "amountCents" bigint)
      join claim on claim.order_id = r."orderId"
  ),
  new_redemptions as (
    insert into promo_redemptions (tenant_id, promo_code_id, order_id, user_id, redeemed_at)
    select $1, r."promoCodeId", r."orderId", r."userId", now()
      from jsonb_to_recordset($8) as r ("orderId" uuid, "promoCodeId" uuid, "userId" uuid)
      join claim on claim.order_id = r."orderId"
  ),
  new_outbox as (
    insert into outbox (tenant_id, id, order_id, event_sequence, type, payload, created_at)
    select $1, r.id, r."orderId", r.sequence, r.type, r.payload, now()
      from jsonb_to_recordset($9) as r ("orderId" uuid, id uuid, sequence integer, type text, payload jsonb)
      join claim on claim.order_id = r."orderId"
  )
  select array(select order_id from claim) as "createdIds", exists (select 1 from stopped) as "isSaleStopped",
         set_config('app.request_ids', $10, true)`;

@Injectable()
export class CreateOrderStore {
  /**
   * Writes births of one tenant's orders for one event, each wholly or, when its key was used before, not at all;
   * none when the event's sale was stopped. No two of them may have the same key.
   */
  async create(
    tx: Transaction,
    event: { readonly tenantId: string; readonly eventId: string },
    births: readonly OrderBirth[],
  ): Promise<BirthsResult> {
    const orders = births.map(({ order }) => order);
    return tx.one<BirthsResult>(CREATE_SQL, [
      event.tenantId,
      event.eventId,
      JSON.stringify(births.map(keyRecord)),
      REPLAY_MS.success,
      JSON.stringify(orders.map(orderRecord)),
      JSON.stringify(orders.flatMap(itemRecords)),
      JSON.stringify(orders.flatMap(addressRecords)),
      JSON.stringify(orders.flatMap(discountRecords)),
      JSON.stringify(
        outboxRecords(
          tx,
          births.map((birth) => birth.event),
        ),
      ),
      JSON.stringify(Object.fromEntries(births.map(({ order, requestId }) => [order.id, requestId]))),
    ]);
  }
}

function keyRecord({ order, idempotency, answer }: OrderBirth): Readonly<Record<string, unknown>> {
  const { principal, key, fingerprint } = idempotency;
  const { status, body, headers } = answer;
  return { orderId: order.id, principal, key, fingerprint, status, body, headers };
}

function itemRecords({ id: orderId, items }: Order): readonly object[] {
  return items.map(({ allocation, refundedQuantity: _none, ...columns }) => ({
    ...columns,
    orderId,
    subtotal: allocation.subtotalCents,
    discount: allocation.discountCents,
    platformFee: allocation.platformFeeCents,
    processingFee: allocation.processingFeeCents,
    tax: allocation.taxCents,
  }));
}

function addressRecords({ id: orderId, billingAddress, shippingAddress }: Order): readonly object[] {
  return [
    ...(billingAddress === null ? [] : [{ orderId, kind: 'billing', ...billingAddress }]),
    ...(shippingAddress === null ? [] : [{ orderId, kind: 'shipping', ...shippingAddress }]),
  ];
}

function discountRecords({ id: orderId, userId, discounts }: Order): readonly object[] {
  return discounts.map((discount) => ({ ...discount, orderId, userId }));
}
