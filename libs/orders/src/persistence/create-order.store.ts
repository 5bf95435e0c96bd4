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
}

export interface BirthResult {
  readonly isCreated: boolean;
  readonly isSaleStopped: boolean;
}

/**
 * The whole birth as one statement: key with its answer, order, items with allocations, addresses, discounts, promo
 * use and outbox. Everything hangs on the claim of the key, so a key that exists already makes nothing; the history
 * row is the trigger's.
 */
const CREATE_SQL = `
  with stopped as (
    select 1 from sale_stops where tenant_id = $1 and event_id = $2
  ),
  claim as (
    insert into idempotency_keys (tenant_id, principal, key, fingerprint, state, attempt, order_id, response_status, response_body, response_headers, created_at, expires_at)
    select $1, $3, $4, $5, 'done', 1, $6, $7, $8, $9, now(), now() + $10 * interval '1 millisecond'
     where not exists (select 1 from stopped)
    on conflict (tenant_id, principal, key) do update
       set fingerprint = excluded.fingerprint, state = 'done', attempt = idempotency_keys.attempt + 1, lease_until = null,
           order_id = excluded.order_id, response_status = excluded.response_status, response_body = excluded.response_body,
           response_headers = excluded.response_headers, response_secret_sealed = null, created_at = now(), expires_at = excluded.expires_at
     where idempotency_keys.expires_at <= now()
        or (idempotency_keys.state = 'running' and idempotency_keys.lease_until <= now() and idempotency_keys.fingerprint = excluded.fingerprint)
    returning order_id
  ),
  new_order as (
    insert into orders (${ORDER_INSERT_COLUMNS})
    select ${ORDER_RECORD_FIELDS} from claim, jsonb_to_recordset($11) as r (${ORDER_RECORD_TYPES})
  ),
  new_items as (
    insert into order_items (tenant_id, id, order_id, position, ticket_type_id, name, quantity, unit_price_cents, total_price_cents,
      unit_subtotal_cents, unit_discount_cents, unit_platform_fee_cents, unit_processing_fee_cents, unit_tax_cents)
    select $1, r.id, claim.order_id, r.position, r."ticketTypeId", r.name, r.quantity, r."unitPriceCents", r."totalPriceCents",
           r.subtotal, r.discount, r."platformFee", r."processingFee", r.tax
      from claim, jsonb_to_recordset($12) as r (id uuid, position smallint, "ticketTypeId" uuid, name text, quantity smallint,
        "unitPriceCents" bigint, "totalPriceCents" bigint, subtotal bigint[], discount bigint[], "platformFee" bigint[], "processingFee" bigint[], tax bigint[])
  ),
  new_addresses as (
    insert into order_addresses (tenant_id, order_id, kind, name, email, phone, line1, line2, city, region, postal_code, country)
    select $1, claim.order_id, r.kind, r.name, r.email, r.phone, r.line1, r.line2, r.city, r.region, r."postalCode", r.country
      from claim, jsonb_to_recordset($13) as r (kind text, name text, email text, phone text, line1 text, line2 text, city text, region text, "postalCode" text, country text)
  ),
  new_discounts as (
    insert into order_discounts (tenant_id, order_id, code, promo_code_id, amount_cents)
    select $1, claim.order_id, r.code, r."promoCodeId", r."amountCents"
      from claim, jsonb_to_recordset($14) as r (code text, "promoCodeId" uuid, "amountCents" bigint)
  ),
  new_redemptions as (
    insert into promo_redemptions (tenant_id, promo_code_id, order_id, user_id, redeemed_at)
    select $1, r."promoCodeId", claim.order_id, $16, now()
      from claim, jsonb_to_recordset($14) as r ("promoCodeId" uuid)
  ),
  new_outbox as (
    insert into outbox (tenant_id, id, order_id, event_sequence, type, payload, created_at)
    select $1, r.id, claim.order_id, r.sequence, r.type, r.payload, now()
      from claim, jsonb_to_recordset($15) as r (id uuid, sequence integer, type text, payload jsonb)
  )
  select exists (select 1 from claim) as "isCreated", exists (select 1 from stopped) as "isSaleStopped"`;

@Injectable()
export class CreateOrderStore {
  /** Writes the birth, or nothing at all when the key was used before or the event's sale was stopped. */
  async create(tx: Transaction, birth: OrderBirth): Promise<BirthResult> {
    const { order, idempotency, answer } = birth;
    return tx.one<BirthResult>(CREATE_SQL, [
      order.tenantId,
      order.eventId,
      idempotency.principal,
      idempotency.key,
      idempotency.fingerprint,
      order.id,
      answer.status,
      answer.body,
      JSON.stringify(answer.headers),
      REPLAY_MS.success,
      JSON.stringify([orderRecord(order)]),
      JSON.stringify(order.items.map(itemRecord)),
      JSON.stringify(addressRecords(order)),
      JSON.stringify(order.discounts),
      JSON.stringify(outboxRecords(tx, [birth.event])),
      order.userId,
    ]);
  }
}

function itemRecord(item: Order['items'][number]): Readonly<Record<string, unknown>> {
  const { allocation, refundedQuantity: _none, ...columns } = item;
  return {
    ...columns,
    subtotal: allocation.subtotalCents,
    discount: allocation.discountCents,
    platformFee: allocation.platformFeeCents,
    processingFee: allocation.processingFeeCents,
    tax: allocation.taxCents,
  };
}

function addressRecords(order: Order): readonly object[] {
  return [
    ...(order.billingAddress === null ? [] : [{ kind: 'billing', ...order.billingAddress }]),
    ...(order.shippingAddress === null ? [] : [{ kind: 'shipping', ...order.shippingAddress }]),
  ];
}
