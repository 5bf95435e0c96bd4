import { Module, type DynamicModule } from '@nestjs/common';
import { HealthModule } from '@app/health';
import {
  ConfigModule,
  DatabaseModule,
  HttpEdgeModule,
  LoggingModule,
  MetricsModule,
  OutboxRelayModule,
  RateLimitModule,
  RedisModule,
  type Config,
} from '@app/platform';
import { AdminHttpModule } from './http/admin-http.module.js';
import { AdministrationHttpModule } from './http/administration-http.module.js';
import { HealthController } from './http/health.controller.js';
import { InfoController, MetricsController } from './http/info.controller.js';
import { OrdersHttpModule } from './http/orders-http.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { MessagesModule } from './messaging/messages.module.js';

type Imports = NonNullable<DynamicModule['imports']>;

/** What every process has, whatever its roles: also a worker answers health, info and metrics. */
const FOUNDATION: Imports = [
  LoggingModule,
  MetricsModule.servedBy(MetricsController),
  DatabaseModule,
  RedisModule,
  RateLimitModule,
  HttpEdgeModule,
  HealthModule,
];

/** What each role adds. */
const BY_ROLE: Readonly<Record<Config['PROCESS_ROLES'][number], Imports>> = {
  http: [OrdersHttpModule, AdministrationHttpModule, AdminHttpModule],
  worker: [JobsModule, OutboxRelayModule, MessagesModule],
};

@Module({})
export class AppModule {
  static of(config: Config): DynamicModule {
    const roles = config.PROCESS_ROLES.flatMap((role) => BY_ROLE[role]);
    return {
      module: AppModule,
      // A module both roles name is one module.
      imports: [ConfigModule.of(config), ...FOUNDATION, ...new Set(roles)],
      controllers: [HealthController, InfoController],
    };
  }
}
