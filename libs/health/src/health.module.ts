import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ConnectionPools, RedisModule, UpstreamModule } from '@app/platform';
import { BrokerProbe } from './broker-probe.js';
import { DatabaseProbe } from './database-probe.js';
import { DependencyChecks } from './dependency-checks.js';
import { Health } from './health.js';

/** Needs CONFIG, CLOCK, the logger, Database and Lifecycle from global modules. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false }), RedisModule, UpstreamModule],
  providers: [ConnectionPools, DatabaseProbe, BrokerProbe, DependencyChecks, Health],
  exports: [Health],
})
export class HealthModule {}
