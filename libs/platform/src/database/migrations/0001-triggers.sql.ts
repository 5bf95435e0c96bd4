/** The rules that hold whatever code runs: legal transitions, the status history, append-only tables, erased secrets. */
export const TRIGGERS_SQL = /* sql */ `
create function validate_order_status_transition(from_status text, to_status text) returns boolean
language sql immutable as $$
  select (from_status, to_status) in (
    ('PENDING', 'RESERVED'),
    ('RESERVED', 'CONFIRMED'),
    ('CONFIRMED', 'COMPLETED'),
    ('PENDING', 'CANCELLED'),
    ('RESERVED', 'CANCELLED'),
    ('CONFIRMED', 'CANCELLED'),
    ('PENDING', 'EXPIRED'),
    ('RESERVED', 'EXPIRED'),
    ('CONFIRMED', 'REFUNDED'),
    ('COMPLETED', 'REFUNDED'),
    ('EXPIRED', 'CONFIRMED')
  )
$$;

create function orders_before_update() returns trigger
language plpgsql as $$
begin
  if new.tenant_id <> old.tenant_id or new.id <> old.id or new.user_id <> old.user_id
    or new.total_cents <> old.total_cents or new.currency <> old.currency then
    raise exception 'identity, owner, total and currency of an order never change'
      using errcode = 'check_violation', constraint = 'orders_immutable_check';
  end if;
  if new.status <> old.status then
    if not validate_order_status_transition(old.status, new.status) then
      raise exception 'an order cannot go from % to %', old.status, new.status
        using errcode = 'check_violation', constraint = 'orders_status_transition_check';
    end if;
    if new.version <= old.version then
      raise exception 'a change of status must raise the version'
        using errcode = 'check_violation', constraint = 'orders_version_check';
    end if;
    new.audit_sequence := old.audit_sequence + 1;
  end if;
  if new.version <> old.version then
    new.updated_at := now();
  end if;
  return new;
end $$;

create trigger orders_before_update_trigger before update on orders
  for each row execute function orders_before_update();

-- The only writer of transition rows, so nothing is logged twice. Who and why come from settings of the transaction.
create function orders_write_history() returns trigger
language plpgsql as $$
declare
  is_new constant boolean := tg_op = 'INSERT';
begin
  insert into order_events (tenant_id, order_id, sequence, type, at, actor_kind, actor_id, from_status, to_status, reason, is_public, request_id, data)
  values (
    new.tenant_id,
    new.id,
    new.audit_sequence,
    case when is_new then 'order.created' else 'order.' || lower(new.status) end,
    now(),
    case when is_new then 'user' else coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system') end,
    case when is_new then new.user_id::text else coalesce(nullif(current_setting('app.actor_id', true), ''), current_user) end,
    case when is_new then null else old.status end,
    new.status,
    nullif(current_setting('app.reason', true), ''),
    true,
    nullif(current_setting('app.request_id', true), ''),
    coalesce(nullif(current_setting('app.cause', true), '')::jsonb, '{}'::jsonb)
  );
  if not is_new and old.status = 'RESERVED' then
    -- The secret lets its holder pay; once the order has left RESERVED nobody may need it again.
    update order_payments
       set client_secret_sealed = null
     where tenant_id = new.tenant_id and order_id = new.id and client_secret_sealed is not null;
    update idempotency_keys
       set response_secret_sealed = null
     where tenant_id = new.tenant_id and order_id = new.id and response_secret_sealed is not null;
  end if;
  return null;
end $$;

create trigger orders_created_history_trigger after insert on orders
  for each row execute function orders_write_history();
create trigger orders_status_history_trigger after update of status on orders
  for each row when (old.status is distinct from new.status) execute function orders_write_history();

create function touch_updated_at() returns trigger
language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;

create trigger order_payments_updated_at_trigger before update on order_payments
  for each row execute function touch_updated_at();
create trigger late_payments_updated_at_trigger before update on late_payments
  for each row execute function touch_updated_at();

create function refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger order_events_append_only_trigger before update or delete on order_events
  for each row execute function refuse_change();
create trigger audit_log_append_only_trigger before update or delete on audit_log
  for each row execute function refuse_change();
`;
