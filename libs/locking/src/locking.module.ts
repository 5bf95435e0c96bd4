import { Module } from '@nestjs/common';
import { RedisModule } from '@app/platform';
import { LeaseRows } from './lease-rows.js';
import { Locks } from './locks.js';
import { RedisLocks } from './redis-locks.js';
import { SharedLocks } from './shared-locks.js';

/** Gives `Locks`. Needs CONFIG, CLOCK, the logger, Metrics and Database from global modules. */
@Module({
  imports: [RedisModule],
  providers: [RedisLocks, LeaseRows, { provide: Locks, useClass: SharedLocks }],
  exports: [Locks],
})
export class LockingModule {}
