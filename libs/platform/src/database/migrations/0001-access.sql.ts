/**
 * Roles and row-level security. `{app}` and `{worker}` stand for the role names, which carry DB_ROLE_PREFIX because
 * roles are shared by every database of a server.
 */
export const ACCESS_SQL = /* sql */ `
do $$
declare
  role_name text;
begin
  -- Two migrations at once must not both try to create a role.
  perform pg_advisory_xact_lock(hashtextextended('order-service roles', 0));
  foreach role_name in array array['{app}', '{worker}'] loop
    if not exists (select 1 from pg_roles where rolname = role_name) then
      execute format('create role %I nologin nosuperuser nobypassrls', role_name);
    end if;
    if not pg_has_role(current_user, role_name, 'member') then
      execute format('grant %I to current_user', role_name);
    end if;
    execute format('grant usage on schema %I to %I', current_schema(), role_name);
  end loop;
end $$;

do $$
declare
  tables constant text[] := array[
    'orders', 'order_items', 'order_addresses', 'order_discounts', 'order_events', 'order_payments', 'order_refunds',
    'order_refund_items', 'order_tickets', 'idempotency_keys', 'order_effects', 'outbox', 'inbox', 'promo_codes',
    'promo_redemptions', 'buyer_event_usage', 'purchase_limit_claims', 'pricing_policies', 'refund_policies',
    'tenant_settings', 'sale_stops', 'lock_leases', 'operations', 'operation_items', 'late_payments',
    'reconciliation_findings', 'audit_log'
  ];
  append_only constant text[] := array['order_events', 'audit_log'];
  prunable constant text[] := array['idempotency_keys', 'inbox', 'outbox', 'lock_leases'];
  deletable constant text[] := array['idempotency_keys', 'lock_leases', 'purchase_limit_claims', 'reconciliation_findings'];
  -- The worker claims rows of every tenant here, then handles each under its tenant as the app role.
  claimed constant text[] := array['orders', 'order_effects', 'outbox', 'operations', 'operation_items', 'idempotency_keys', 'inbox', 'lock_leases', 'order_refunds', 'reconciliation_findings', 'tenant_settings'];
  table_name text;
begin
  foreach table_name in array tables loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    -- FORCE binds the owner too: without this policy a data migration would update zero rows, silently.
    execute format('create policy %I on %I to %I using (true) with check (true)', table_name || '_owner', table_name, current_user);
    execute format(
      'create policy %I on %I to %I using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid) with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)',
      table_name || '_tenant', table_name, '{app}'
    );
    execute format('grant select, insert on %I to %I', table_name, '{app}');
    if table_name <> all (append_only) then
      execute format('grant update on %I to %I', table_name, '{app}');
    end if;
    if table_name = any (deletable) then
      execute format('grant delete on %I to %I', table_name, '{app}');
    end if;
    if table_name = any (claimed) then
      execute format('create policy %I on %I to %I using (true) with check (true)', table_name || '_worker', table_name, '{worker}');
      execute format('grant select, update on %I to %I', table_name, '{worker}');
    end if;
    if table_name = any (prunable) then
      execute format('grant delete on %I to %I', table_name, '{worker}');
    end if;
  end loop;
end $$;

grant usage on sequence outbox_position_seq to {app}, {worker};
-- The start-up probe compares what is applied with what this build knows.
grant select on schema_migrations to {app}, {worker};
`;
