import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CONFIG, type Config } from '../config/config-table.js';
import { dataSourceOptions } from './data-source.js';
import { Database } from './database.js';
import { LoginCheck } from './login-check.js';

/** Migrations run before the application is built (see main.ts), so these pools find a finished schema. */
@Global()
@Module({
  imports: (['request', 'worker'] as const).map((pool) =>
    TypeOrmModule.forRootAsync({
      name: pool,
      inject: [CONFIG],
      useFactory: (config: Config) => dataSourceOptions(config, pool),
    }),
  ),
  providers: [Database, LoginCheck],
  exports: [Database],
})
export class DatabaseModule {}
