/** The tables of the order service. Names of constraints are looked up to become error codes, so every one is named. */
export const SCHEMA_SQL = /* sql */ `
create function generate_order_number() returns text
language plpgsql volatile as $$
declare
  -- Crockford base32: no I, L, O or U, so that a number can be read out over the telephone.
  symbols constant text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  -- Two random UUIDs make 244 random bits; 12 symbols use 60 of them.
  random_bytes constant bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  -- Bytes 6 and 8 of a UUID hold version and variant and are not random.
  picked constant integer[] := array[0, 1, 2, 3, 4, 5, 16, 17, 18, 19, 20, 21];
  number text := 'ORD-';
  position integer;
begin
  foreach position in array picked loop
    number := number || substr(symbols, (get_byte(random_bytes, position) & 31) + 1, 1);
  end loop;
  return number;
end $$;

create function calculate_order_total(
  subtotal_cents bigint,
  discount_cents bigint,
  platform_fee_cents bigint,
  processing_fee_cents bigint,
  tax_cents bigint
) returns bigint
language sql immutable as $$
  select subtotal_cents - discount_cents + platform_fee_cents + processing_fee_cents + tax_cents
$$;

create table orders (
  tenant_id uuid not null,
  id uuid not null,
  order_number text not null default generate_order_number(),
  user_id uuid not null,
  event_id uuid not null,
  status text not null default 'PENDING',
  version integer not null default 1,
  currency text not null,
  subtotal_cents bigint not null,
  discount_cents bigint not null default 0,
  platform_fee_cents bigint not null default 0,
  processing_fee_cents bigint not null default 0,
  tax_cents bigint not null default 0,
  total_cents bigint not null,
  refunded_cents bigint not null default 0,
  pending_refund_cents bigint not null default 0,
  payment_intent_id text,
  event_name text not null,
  event_starts_at timestamptz not null,
  purchase_limit integer,
  pricing_policy_ids uuid[] not null default '{}',
  refund_policy jsonb not null,
  metadata jsonb not null default '{}',
  op text,
  op_fence integer not null default 0,
  op_lease_until timestamptz,
  op_due_at timestamptz,
  op_started_at timestamptz,
  op_cause jsonb,
  generation integer not null default 0,
  generation_open boolean not null default false,
  event_sequence integer not null default 0,
  audit_sequence integer not null default 0,
  processing_extended boolean not null default false,
  fence_gave_up boolean not null default false,
  disputed boolean not null default false,
  expires_at timestamptz,
  reservation_expires_at timestamptz,
  reminded_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  reserved_at timestamptz,
  confirmed_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  expired_at timestamptz,
  refunded_at timestamptz,
  cancel_reason text,
  creation_key uuid not null,
  constraint orders_pkey primary key (tenant_id, id),
  constraint orders_number_key unique (tenant_id, order_number),
  constraint orders_creation_key unique (tenant_id, user_id, creation_key),
  constraint orders_status_check check (status in ('PENDING', 'RESERVED', 'CONFIRMED', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'REFUNDED')),
  constraint orders_op_check check (op in ('reserving', 'cancelling', 'expiring', 'recovering')),
  constraint orders_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint orders_amounts_check check (
    subtotal_cents >= 0 and discount_cents >= 0 and platform_fee_cents >= 0 and processing_fee_cents >= 0
    and tax_cents >= 0 and total_cents between 0 and 9007199254740991 and discount_cents <= subtotal_cents
  ),
  constraint orders_total_check check (
    total_cents = calculate_order_total(subtotal_cents, discount_cents, platform_fee_cents, processing_fee_cents, tax_cents)
  ),
  constraint orders_refunded_check check (refunded_cents >= 0 and pending_refund_cents >= 0),
  constraint orders_deadline_check check ((status in ('PENDING', 'RESERVED')) = (expires_at is not null))
);
create index orders_user_created_idx on orders (tenant_id, user_id, created_at desc, id desc);
create index orders_user_status_created_idx on orders (tenant_id, user_id, status, created_at desc, id desc);
create index orders_event_idx on orders (tenant_id, event_id, status);
create index orders_created_idx on orders (tenant_id, created_at desc, id desc);
create index orders_payment_intent_idx on orders (tenant_id, payment_intent_id) where payment_intent_id is not null;
create index orders_expiring_idx on orders (status, expires_at) where expires_at is not null;
create index orders_operation_idx on orders (op_due_at) where op is not null;

create table order_items (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  position smallint not null,
  ticket_type_id uuid not null,
  name text not null,
  quantity smallint not null,
  unit_price_cents bigint not null,
  total_price_cents bigint not null,
  -- What each numbered unit of the line cost, so that any grouping of refunds pays the same cents.
  unit_subtotal_cents bigint[] not null,
  unit_discount_cents bigint[] not null,
  unit_platform_fee_cents bigint[] not null,
  unit_processing_fee_cents bigint[] not null,
  unit_tax_cents bigint[] not null,
  refunded_quantity smallint not null default 0,
  constraint order_items_pkey primary key (tenant_id, id),
  constraint order_items_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint order_items_ticket_type_key unique (tenant_id, order_id, ticket_type_id),
  constraint order_items_quantity_check check (quantity between 1 and 20 and refunded_quantity between 0 and quantity),
  constraint order_items_amounts_check check (unit_price_cents >= 0 and total_price_cents = unit_price_cents * quantity),
  constraint order_items_units_check check (
    cardinality(unit_subtotal_cents) = quantity and cardinality(unit_discount_cents) = quantity
    and cardinality(unit_platform_fee_cents) = quantity and cardinality(unit_processing_fee_cents) = quantity
    and cardinality(unit_tax_cents) = quantity
  )
);

create table order_addresses (
  tenant_id uuid not null,
  order_id uuid not null,
  kind text not null,
  name text not null,
  email text,
  phone text,
  line1 text not null,
  line2 text,
  city text not null,
  region text,
  postal_code text not null,
  country text not null,
  constraint order_addresses_pkey primary key (tenant_id, order_id, kind),
  constraint order_addresses_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint order_addresses_kind_check check (kind in ('billing', 'shipping'))
);

create table promo_codes (
  tenant_id uuid not null,
  id uuid not null,
  code text not null,
  kind text not null,
  percent_bps integer,
  amount_cents bigint,
  currency text,
  event_id uuid,
  minimum_subtotal_cents bigint not null default 0,
  max_redemptions integer,
  max_redemptions_per_buyer integer,
  redemptions integer not null default 0,
  starts_at timestamptz,
  ends_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  reason text not null,
  constraint promo_codes_pkey primary key (tenant_id, id),
  constraint promo_codes_kind_check check (
    (kind = 'percentage' and percent_bps between 1 and 10000 and amount_cents is null)
    or (kind = 'fixed' and amount_cents > 0 and currency is not null and percent_bps is null)
  ),
  constraint promo_codes_redemptions_check check (redemptions >= 0 and (max_redemptions is null or redemptions <= max_redemptions))
);
create unique index promo_codes_code_key on promo_codes (tenant_id, code) where ended_at is null;

create table promo_redemptions (
  tenant_id uuid not null,
  promo_code_id uuid not null,
  order_id uuid not null,
  user_id uuid not null,
  redeemed_at timestamptz not null,
  given_back_at timestamptz,
  constraint promo_redemptions_pkey primary key (tenant_id, promo_code_id, order_id),
  constraint promo_redemptions_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint promo_redemptions_promo_fkey foreign key (tenant_id, promo_code_id) references promo_codes (tenant_id, id)
);
create index promo_redemptions_buyer_idx on promo_redemptions (tenant_id, promo_code_id, user_id) where given_back_at is null;
create index promo_redemptions_order_idx on promo_redemptions (tenant_id, order_id);

create table order_discounts (
  tenant_id uuid not null,
  order_id uuid not null,
  code text not null,
  promo_code_id uuid not null,
  amount_cents bigint not null,
  constraint order_discounts_pkey primary key (tenant_id, order_id, code),
  constraint order_discounts_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint order_discounts_amount_check check (amount_cents >= 0)
);

create table order_events (
  tenant_id uuid not null,
  order_id uuid not null,
  sequence integer not null,
  type text not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  from_status text,
  to_status text,
  reason text,
  is_public boolean not null,
  request_id text,
  data jsonb not null default '{}',
  constraint order_events_pkey primary key (tenant_id, order_id, sequence),
  constraint order_events_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint order_events_actor_check check (actor_kind in ('user', 'service', 'system'))
);

create table order_payments (
  tenant_id uuid not null,
  order_id uuid not null,
  payment_intent_id text not null,
  generation integer not null,
  amount_cents bigint not null,
  currency text not null,
  status text not null,
  received_cents bigint not null default 0,
  refund_reserved_cents bigint not null default 0,
  client_secret_sealed text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint order_payments_pkey primary key (tenant_id, payment_intent_id),
  constraint order_payments_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint order_payments_status_check check (status in ('open', 'succeeded', 'canceled')),
  -- Nothing can pay back more than came in, whatever the code believes.
  constraint order_payments_refund_check check (refund_reserved_cents between 0 and received_cents),
  constraint order_payments_amount_check check (amount_cents >= 0 and received_cents >= 0)
);
create index order_payments_order_idx on order_payments (tenant_id, order_id);

create table order_refunds (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  payment_intent_id text not null,
  status text not null default 'PENDING',
  kind text not null,
  amount_cents bigint not null,
  currency text not null,
  reason text not null,
  policy_clause text,
  principal text not null,
  idempotency_key uuid not null,
  failure_code text,
  created_at timestamptz not null,
  settled_at timestamptz,
  constraint order_refunds_pkey primary key (tenant_id, id),
  constraint order_refunds_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint order_refunds_payment_fkey foreign key (tenant_id, payment_intent_id) references order_payments (tenant_id, payment_intent_id),
  constraint order_refunds_request_key unique (tenant_id, principal, idempotency_key),
  constraint order_refunds_status_check check (status in ('PENDING', 'SUCCEEDED', 'FAILED')),
  constraint order_refunds_kind_check check (kind in ('units', 'goodwill', 'payment')),
  constraint order_refunds_amount_check check (amount_cents > 0)
);
create index order_refunds_order_idx on order_refunds (tenant_id, order_id, created_at);
create index order_refunds_open_idx on order_refunds (created_at) where status = 'PENDING';

create table order_refund_items (
  tenant_id uuid not null,
  refund_id uuid not null,
  order_id uuid not null,
  item_id uuid not null,
  -- The numbered units of the line that this refund pays back; empty for goodwill.
  units smallint[] not null default '{}',
  -- What an amount-only refund laid on each unit of the line; empty for a refund of units.
  unit_goodwill_cents bigint[] not null default '{}',
  amount_cents bigint not null,
  constraint order_refund_items_pkey primary key (tenant_id, refund_id, item_id),
  constraint order_refund_items_refund_fkey foreign key (tenant_id, refund_id) references order_refunds (tenant_id, id),
  constraint order_refund_items_item_fkey foreign key (tenant_id, item_id) references order_items (tenant_id, id)
);
create index order_refund_items_order_idx on order_refund_items (tenant_id, order_id);

create table order_tickets (
  tenant_id uuid not null,
  id text not null,
  order_id uuid not null,
  item_id uuid not null,
  ticket_type_id uuid not null,
  unit smallint not null,
  status text not null default 'ISSUED',
  generation integer not null,
  constraint order_tickets_pkey primary key (tenant_id, id),
  constraint order_tickets_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint order_tickets_item_fkey foreign key (tenant_id, item_id) references order_items (tenant_id, id),
  constraint order_tickets_status_check check (status in ('ISSUED', 'VOID'))
);
create index order_tickets_order_idx on order_tickets (tenant_id, order_id);

create table idempotency_keys (
  tenant_id uuid not null,
  principal text not null,
  key uuid not null,
  fingerprint text not null,
  state text not null,
  attempt integer not null default 1,
  -- The fence of whoever holds the key now.
  claim_id uuid,
  lease_until timestamptz,
  order_id uuid,
  response_status smallint,
  response_body text,
  response_headers jsonb,
  -- The client secret of a stored reserve answer, sealed; gone when the order leaves RESERVED.
  response_secret_sealed text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  constraint idempotency_keys_pkey primary key (tenant_id, principal, key),
  constraint idempotency_keys_state_check check (
    (state = 'running' and lease_until is not null) or (state = 'done' and response_status is not null and response_body is not null)
  )
);
create index idempotency_keys_expiry_idx on idempotency_keys (expires_at);
create index idempotency_keys_secret_idx on idempotency_keys (tenant_id, order_id) where response_secret_sealed is not null;

create table order_effects (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  kind text not null,
  -- Effects of one queue of an order run one at a time, in sequence.
  queue text not null,
  sequence integer not null,
  generation integer not null,
  key text not null,
  request jsonb not null,
  state text not null,
  attempts integer not null default 0,
  first_sent_at timestamptz,
  due_at timestamptz,
  lease_until timestamptz,
  fence integer not null default 0,
  outcome jsonb,
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint order_effects_pkey primary key (tenant_id, id),
  constraint order_effects_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint order_effects_key unique (tenant_id, order_id, key),
  constraint order_effects_sequence_key unique (tenant_id, order_id, queue, sequence),
  constraint order_effects_state_check check (state in ('pending', 'armed', 'done', 'disarmed', 'superseded', 'refused', 'parked'))
);
create index order_effects_due_idx on order_effects (due_at) where state = 'pending' and queue <> 'operation';
create index order_effects_short_idx on order_effects (tenant_id, order_id) where state = 'pending' and outcome ->> 'reason' = 'INSUFFICIENT_BALANCE';
create index order_effects_open_idx on order_effects (tenant_id, order_id) where state in ('pending', 'armed', 'parked');

create sequence outbox_position_seq;
create table outbox (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  event_sequence integer not null,
  type text not null,
  payload jsonb not null,
  created_at timestamptz not null,
  -- The place in the ordered feed, given after commit by the relay; null until then.
  position bigint,
  lease_until timestamptz,
  attempts integer not null default 0,
  published_at timestamptz,
  constraint outbox_pkey primary key (tenant_id, id),
  constraint outbox_order_sequence_key unique (tenant_id, order_id, event_sequence)
);
create index outbox_unnumbered_idx on outbox (created_at) where position is null;
create index outbox_unpublished_idx on outbox (position) where position is not null and published_at is null;
create unique index outbox_position_key on outbox (position) where position is not null;
create index outbox_tenant_position_idx on outbox (tenant_id, position) where position is not null;

create table inbox (
  tenant_id uuid not null,
  message_id text not null,
  pattern text not null,
  result text not null,
  received_at timestamptz not null,
  constraint inbox_pkey primary key (tenant_id, message_id, pattern)
);
create index inbox_received_idx on inbox (received_at);

create table buyer_event_usage (
  tenant_id uuid not null,
  user_id uuid not null,
  event_id uuid not null,
  quantity integer not null,
  constraint buyer_event_usage_pkey primary key (tenant_id, user_id, event_id),
  constraint buyer_event_usage_quantity_check check (quantity >= 0)
);

-- What each order counts against its buyer's limit, so that giving back twice is impossible.
create table purchase_limit_claims (
  tenant_id uuid not null,
  order_id uuid not null,
  user_id uuid not null,
  event_id uuid not null,
  quantity integer not null,
  constraint purchase_limit_claims_pkey primary key (tenant_id, order_id),
  constraint purchase_limit_claims_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint purchase_limit_claims_quantity_check check (quantity >= 0)
);

create table pricing_policies (
  tenant_id uuid not null,
  id uuid not null,
  venue_id uuid,
  country text,
  region text,
  platform_fee_bps integer,
  processing_fee_bps integer,
  processing_fee_fixed jsonb,
  tax_bps integer,
  effective_from timestamptz not null,
  effective_to timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  reason text not null,
  constraint pricing_policies_pkey primary key (tenant_id, id),
  constraint pricing_policies_bps_check check (
    coalesce(platform_fee_bps, 0) between 0 and 10000 and coalesce(processing_fee_bps, 0) between 0 and 10000
    and coalesce(tax_bps, 0) between 0 and 10000
  ),
  constraint pricing_policies_region_check check (region is null or country is not null)
);

create table refund_policies (
  tenant_id uuid not null,
  id uuid not null,
  event_id uuid,
  rules jsonb not null,
  refunds_platform_fee boolean not null,
  refunds_processing_fee boolean not null,
  refunds_tax boolean not null,
  effective_from timestamptz not null,
  effective_to timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  reason text not null,
  constraint refund_policies_pkey primary key (tenant_id, id)
);

create table tenant_settings (
  tenant_id uuid not null,
  pending_ttl_seconds integer,
  reservation_ttl_seconds integer,
  constraint tenant_settings_pkey primary key (tenant_id),
  constraint tenant_settings_ttl_check check (coalesce(pending_ttl_seconds, 1) > 0 and coalesce(reservation_ttl_seconds, 1) > 0)
);

create table sale_stops (
  tenant_id uuid not null,
  event_id uuid not null,
  reason text not null,
  stopped_at timestamptz not null,
  constraint sale_stops_pkey primary key (tenant_id, event_id)
);

create table lock_leases (
  tenant_id uuid not null,
  key text not null,
  holder uuid not null,
  lease_until timestamptz not null,
  constraint lock_leases_pkey primary key (tenant_id, key)
);

create table operations (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  event_id uuid not null,
  status text not null,
  reason text not null,
  pause_reason text,
  total integer not null,
  actor jsonb not null,
  request_id text,
  lease_until timestamptz,
  due_at timestamptz,
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint operations_pkey primary key (tenant_id, id),
  constraint operations_kind_check check (kind in ('bulk-cancel')),
  constraint operations_status_check check (status in ('QUEUED', 'RUNNING', 'PAUSED', 'SUCCEEDED', 'FAILED'))
);
create unique index operations_running_key on operations (tenant_id, kind, event_id) where finished_at is null;
create index operations_due_idx on operations (due_at) where finished_at is null;

create table operation_items (
  tenant_id uuid not null,
  operation_id uuid not null,
  order_id uuid not null,
  state text not null default 'queued',
  attempts integer not null default 0,
  due_at timestamptz,
  lease_until timestamptz,
  code text,
  detail text,
  finished_at timestamptz,
  constraint operation_items_pkey primary key (tenant_id, operation_id, order_id),
  constraint operation_items_operation_fkey foreign key (tenant_id, operation_id) references operations (tenant_id, id),
  constraint operation_items_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint operation_items_state_check check (state in ('queued', 'waiting', 'done', 'failed'))
);
create index operation_items_due_idx on operation_items (tenant_id, operation_id, due_at) where state in ('queued', 'waiting');

create table late_payments (
  tenant_id uuid not null,
  payment_intent_id text not null,
  order_id uuid not null,
  outcome text not null,
  order_status text not null,
  received_cents bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint late_payments_pkey primary key (tenant_id, payment_intent_id),
  constraint late_payments_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id),
  constraint late_payments_outcome_check check (outcome in ('recovering', 'recovered', 'refunding', 'duplicate_refunding', 'under_review'))
);
create index late_payments_order_idx on late_payments (tenant_id, order_id);

create table reconciliation_findings (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  subject text not null,
  order_id uuid,
  details jsonb not null default '{}',
  state text not null default 'OPEN',
  sightings integer not null default 1,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  resolved_at timestamptz,
  resolved_by text,
  resolution text,
  constraint reconciliation_findings_pkey primary key (tenant_id, id),
  constraint reconciliation_findings_state_check check (state in ('SEEN_ONCE', 'OPEN', 'ACKNOWLEDGED', 'RESOLVED'))
);
create unique index reconciliation_findings_open_key on reconciliation_findings (tenant_id, kind, subject) where state <> 'RESOLVED';
create index reconciliation_findings_list_idx on reconciliation_findings (tenant_id, state, last_seen_at desc, id desc);

create table audit_log (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  action text not null,
  subject text not null,
  outcome text not null,
  code text,
  reason text,
  request_id text,
  data jsonb not null default '{}',
  constraint audit_log_pkey primary key (tenant_id, id)
);
create index audit_log_at_idx on audit_log (tenant_id, at desc, id desc);
`;
