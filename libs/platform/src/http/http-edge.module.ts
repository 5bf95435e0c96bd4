import { Global, Module, type INestApplication, type NestApplicationOptions } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CLOCK, type Clock } from '@app/kernel';
import { CONFIG, type Config } from '../config/config-table.js';
import { Database } from '../database/database.js';
import { Metrics } from '../observability/metrics.js';
import { Admission } from './admission.js';
import { AnswerInterceptor } from './answer.interceptor.js';
import { AudienceGuard } from './auth/audience.guard.js';
import { ServiceJwtStrategy, UserJwtStrategy } from './auth/jwt-strategies.js';
import { TokenVerifiers } from './auth/token-verifiers.js';
import { Door } from './door.js';
import { addEdgeHooks } from './edge-hooks.js';
import { EndpointCoverage } from './endpoint-coverage.js';
import { EventLoopUse } from './event-loop-use.js';
import { HttpJwksSource, JWKS_SOURCE } from './jwks-source.js';
import { Lifecycle } from './lifecycle.js';
import { ProblemFilter } from './problem.filter.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { ReadRequestInterceptor } from './read-request.interceptor.js';
import { RequestValidationPipe } from './request-validation.pipe.js';
import { RouteTable } from './route-table.js';

/**
 * The edge every request passes, in this order: Door (overload) → hooks (context, draining, admission) → AudienceGuard →
 * RateLimitGuard → ReadRequestInterceptor (key, query, body) → RequestValidationPipe → handler → AnswerInterceptor,
 * and ProblemFilter for whatever is thrown on the way. Needs CONFIG, CLOCK and RATE_LIMITER from elsewhere.
 */
@Global()
@Module({
  imports: [DiscoveryModule, PassportModule],
  providers: [
    Lifecycle,
    RouteTable,
    {
      provide: Admission,
      inject: [CONFIG, CLOCK, { token: Database, optional: true }],
      useFactory: (config: Config, clock: Clock, database?: Database) => {
        const loop = new EventLoopUse();
        return new Admission(config.REQUESTS_IN_FLIGHT_MAX, {
          shortestWaitMs: () => database?.ordinaryWaits.takeShortestMs(),
          busyShare: () => loop.takeBusyShare(),
          nowMs: () => clock.monotonicMs(),
        });
      },
    },
    {
      provide: Door,
      inject: [RouteTable, Lifecycle, Admission, { token: Metrics, optional: true }],
      useFactory: (routes: RouteTable, lifecycle: Lifecycle, admission: Admission, metrics?: Metrics) =>
        new Door({ routes, lifecycle, admission, metrics }),
    },
    { provide: JWKS_SOURCE, useClass: HttpJwksSource },
    TokenVerifiers,
    UserJwtStrategy,
    ServiceJwtStrategy,
    EndpointCoverage,
    { provide: APP_GUARD, useClass: AudienceGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
    { provide: APP_INTERCEPTOR, useClass: ReadRequestInterceptor },
    { provide: APP_PIPE, useClass: RequestValidationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [Lifecycle, RouteTable, Admission, TokenVerifiers],
})
export class HttpEdgeModule {}

/** How an application with this edge is created; bodies are read by the edge, errors are the caller's to report. */
export const HTTP_EDGE_OPTIONS = {
  bodyParser: false,
  abortOnError: false,
  bufferLogs: true,
} as const satisfies NestApplicationOptions;

/** Must be called between `NestFactory.create` and `init`, while no route is registered yet. */
export function setUpHttpEdge(app: NestFastifyApplication & Pick<INestApplication, 'get'>): void {
  const door = app.get(Door);
  addEdgeHooks(app.getHttpAdapter().getInstance(), {
    routes: app.get(RouteTable),
    lifecycle: app.get(Lifecycle),
    admission: app.get(Admission),
    door,
    clock: app.get<Clock>(CLOCK),
  });
  door.standBefore(app.getHttpServer());
}
