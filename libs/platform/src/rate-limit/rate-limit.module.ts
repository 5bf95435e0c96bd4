import { Global, Module } from '@nestjs/common';
import { RATE_LIMITER } from '../http/rate-limit.js';
import { RedisModule } from '../redis/redis.module.js';
import { SharedRateLimiter } from './shared-rate-limiter.js';

/** Global, because the guard that takes the limits is. */
@Global()
@Module({
  imports: [RedisModule],
  providers: [SharedRateLimiter, { provide: RATE_LIMITER, useExisting: SharedRateLimiter }],
  exports: [RATE_LIMITER],
})
export class RateLimitModule {}
