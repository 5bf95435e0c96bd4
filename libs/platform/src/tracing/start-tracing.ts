import type { Config } from '../config/config-table.js';

export type TracingConfig = Pick<
  Config,
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_HEADERS'
  | 'OTEL_RESOURCE_ATTRIBUTES'
  | 'OTEL_TRACES_SAMPLER'
  | 'OTEL_TRACES_SAMPLER_ARG'
>;

export interface Tracing {
  /** Sends what is left, for a bounded time; afterwards nothing is traced. Never throws. */
  stop(): Promise<void>;
}

const OFF: Tracing = { stop: () => Promise.resolve() };

/** Call it before the application is made. Without an endpoint, nothing of the SDK is even loaded. */
export async function startTracing(config: TracingConfig): Promise<Tracing> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === '') return OFF;
  const { exportTraces } = await import('./tracing-sdk.js');
  return exportTraces(config);
}
