import { Global, Module, type DynamicModule, type Type } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { ConnectionPools } from '../database/connection-pools.js';
import { UPSTREAM_OBSERVER } from '../upstream/upstream-observer.js';
import { DatabaseGauges } from './database-gauges.js';
import { HttpTelemetry } from './http-telemetry.js';
import { Metrics } from './metrics.js';
import { PoolGauges } from './pool-gauges.js';
import { UpstreamTelemetry } from './upstream-telemetry.js';

/** Metrics for everybody, and what feeds them by itself: HTTP requests, calls to siblings, the database, Node. */
@Global()
@Module({})
export class MetricsModule {
  /** @param controller answers /metrics; it belongs to the application, as every entry point does */
  static servedBy(controller: Type): DynamicModule {
    return {
      module: MetricsModule,
      imports: [
        PrometheusModule.registerAsync({
          controller,
          inject: [Registry],
          useFactory: (register: Registry) => ({ defaultMetrics: { enabled: true, config: { register } } }),
        }),
      ],
      providers: [
        // Not the library's global one, so that several applications in a process keep their figures apart.
        { provide: Registry, useFactory: () => new Registry() },
        { provide: Metrics, inject: [Registry], useFactory: (registry: Registry) => new Metrics(registry) },
        UpstreamTelemetry,
        { provide: UPSTREAM_OBSERVER, useExisting: UpstreamTelemetry },
        HttpTelemetry,
        DatabaseGauges,
        ConnectionPools,
        PoolGauges,
      ],
      exports: [Registry, Metrics, UPSTREAM_OBSERVER],
    };
  }
}
