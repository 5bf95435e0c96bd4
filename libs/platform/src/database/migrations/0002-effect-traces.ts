import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A column that may be null, without a default: added at once, and the old version writes its rows as before. */
export class EffectTraces1763838000002 implements MigrationInterface {
  readonly name = 'EffectTraces1763838000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table order_effects add column traceparent text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table order_effects drop column traceparent');
  }
}
