import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Replacing a trigger keeps writers out; behind a long transaction it gives up, so that they do not queue behind it. */
const LOCK_TIMEOUT = '5s';

/**
 * Orders born in one statement get their history in one statement, each under the request it came with:
 * `app.request_ids` maps order ids to request ids. A version that still creates them one by one says `app.request_id`.
 */
export class BirthHistory1795384800003 implements MigrationInterface {
  readonly name = 'BirthHistory1795384800003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create function orders_write_births() returns trigger
      language plpgsql as $$
      declare
        request_ids constant jsonb := coalesce(nullif(current_setting('app.request_ids', true), '')::jsonb, '{}'::jsonb);
        request_id constant text := nullif(current_setting('app.request_id', true), '');
        cause constant jsonb := coalesce(nullif(current_setting('app.cause', true), '')::jsonb, '{}'::jsonb);
      begin
        insert into order_events (tenant_id, order_id, sequence, type, at, actor_kind, actor_id, from_status, to_status, reason, is_public, request_id, data)
        select born.tenant_id, born.id, born.audit_sequence, 'order.created', now(), 'user', born.user_id::text, null, born.status,
               nullif(current_setting('app.reason', true), ''), true, coalesce(request_ids ->> born.id::text, request_id), cause
          from born;
        return null;
      end $$;
    `);
    await queryRunner.query(`
      set local lock_timeout = '${LOCK_TIMEOUT}';
      create or replace trigger orders_created_history_trigger after insert on orders
        referencing new table as born
        for each statement execute function orders_write_births();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      set local lock_timeout = '${LOCK_TIMEOUT}';
      create or replace trigger orders_created_history_trigger after insert on orders
        for each row execute function orders_write_history();
      drop function orders_write_births();
    `);
  }
}
