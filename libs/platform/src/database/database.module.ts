import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CONFIG, type Config } from '../config/config-table.js';
import { dataSourceOptions } from './data-source.js';
import { DatabaseStart } from './database-start.js';
import { Database } from './database.js';

/** The pools are opened by DatabaseStart, once there is a finished schema behind them. */
@Global()
@Module({
  imports: (['request', 'worker'] as const).map((pool) =>
    TypeOrmModule.forRootAsync({
      name: pool,
      inject: [CONFIG],
      useFactory: (config: Config) => ({ ...dataSourceOptions(config, pool), manualInitialization: true }),
    }),
  ),
  providers: [DatabaseStart, Database],
  exports: [DatabaseStart, Database],
})
export class DatabaseModule {}
