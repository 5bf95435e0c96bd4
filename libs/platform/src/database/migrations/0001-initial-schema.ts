import type { MigrationInterface, QueryRunner } from 'typeorm';
import { rolesOf } from '../roles.js';
import { ACCESS_SQL } from './0001-access.sql.js';
import { SCHEMA_SQL } from './0001-schema.sql.js';
import { TRIGGERS_SQL } from './0001-triggers.sql.js';

/** The first schema: nothing older serves, so it may create everything at once. */
export class InitialSchema1763800000001 implements MigrationInterface {
  readonly name = 'InitialSchema1763800000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    const roles = rolesOf(queryRunner.dataSource);
    await queryRunner.query(SCHEMA_SQL);
    await queryRunner.query(TRIGGERS_SQL);
    await queryRunner.query(ACCESS_SQL.replaceAll('{app}', roles.app).replaceAll('{worker}', roles.worker));
  }

  async down(): Promise<void> {
    throw new Error('The first migration holds every order: restore a backup instead of reverting it.');
  }
}
