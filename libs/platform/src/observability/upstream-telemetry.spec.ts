import type { PinoLogger } from 'nestjs-pino';
import { Registry } from 'prom-client';
import type { BreakerState } from '../upstream/upstream-observer.js';
import { Metrics } from './metrics.js';
import { UpstreamTelemetry } from './upstream-telemetry.js';

function telemetry(): {
  readonly telemetry: UpstreamTelemetry;
  readonly metrics: Metrics;
  readonly levels: string[];
} {
  const levels: string[] = [];
  const logger = {
    info: () => levels.push('info'),
    warn: () => levels.push('warn'),
  };
  const metrics = new Metrics(new Registry());
  return { telemetry: new UpstreamTelemetry(metrics, logger as unknown as PinoLogger), metrics, levels };
}

describe('the telemetry of calls to siblings', () => {
  it('measures each call by sibling, operation and outcome', async () => {
    const { telemetry: observer, metrics, levels } = telemetry();
    const call = {
      upstream: 'payment-service',
      operation: 'refund',
      durationMs: 40,
      requestId: 'r-1',
    } as const;
    observer.observe({ ...call, outcome: 'done' });
    observer.observe({ ...call, outcome: 'unknown', reason: 'time-out' });

    const text = await metrics.expose();

    expect(text).toContain(
      'upstream_request_duration_seconds_sum{upstream="payment-service",operation="refund",outcome="done"} 0.04',
    );
    expect(text).toContain(
      'upstream_request_duration_seconds_count{upstream="payment-service",operation="refund",outcome="unknown"} 1',
    );
    expect(levels).toEqual(['info', 'warn']);
  });

  it('shows the worst breaker of a sibling', async () => {
    const { telemetry: observer, metrics } = telemetry();
    observer.onModuleInit();
    const shown = async (): Promise<string | undefined> =>
      /circuit_breaker_state\{upstream="ticket-service"\} (\d)/.exec(await metrics.expose())?.[1];
    const change = (operationClass: 'read' | 'write', state: BreakerState): void => {
      observer.breakerChanged({ upstream: 'ticket-service', operationClass, state });
    };

    expect(await shown()).toBe('0');
    change('read', 'open');
    change('write', 'half-open');
    expect(await shown()).toBe('2');
    change('read', 'closed');
    expect(await shown()).toBe('1');
    change('write', 'closed');
    expect(await shown()).toBe('0');
  });
});
