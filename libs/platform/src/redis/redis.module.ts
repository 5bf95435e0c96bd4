import { Module } from '@nestjs/common';
import { RedisConnection } from './redis-connection.js';

/** Needs CONFIG and the logger from global modules. */
@Module({
  providers: [RedisConnection],
  exports: [RedisConnection],
})
export class RedisModule {}
