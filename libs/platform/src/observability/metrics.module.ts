import { Global, Module, type DynamicModule, type Type } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { UPSTREAM_OBSERVER } from '../upstream/upstream-observer.js';
import { DatabaseGauges } from './database-gauges.js';
import { HttpTelemetry } from './http-telemetry.js';
import { Metrics } from './metrics.js';
import { UpstreamTelemetry } from './upstream-telemetry.js';

/** Metrics for everybody, and what feeds them by itself: HTTP requests, calls to siblings, the database, Node. */
@Global()
@Module({})
export class MetricsModule {
  /** @param controller answers GET /metrics; it belongs to the application, as every entry point does */
  static servedBy(controller: Type): DynamicModule {
    // Not the library's global one, so that several applications in a process keep their figures apart.
    const registry = new Registry();
    return {
      module: MetricsModule,
      imports: [
        PrometheusModule.register({
          controller,
          path: '/metrics',
          defaultMetrics: { enabled: true, config: { register: registry } },
        }),
      ],
      providers: [
        { provide: Metrics, useFactory: () => new Metrics(registry) },
        UpstreamTelemetry,
        { provide: UPSTREAM_OBSERVER, useExisting: UpstreamTelemetry },
        HttpTelemetry,
        DatabaseGauges,
      ],
      exports: [Metrics, UPSTREAM_OBSERVER],
    };
  }
}
