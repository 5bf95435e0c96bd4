import {
  overallStatus,
  type CheckReading,
  type CheckResults,
  type HealthCheckName,
} from './health-checks.js';

function results(readings: Partial<Record<HealthCheckName, CheckReading>> = {}): CheckResults {
  const well = {
    database: 'ok',
    redis: 'ok',
    rabbitmq: 'ok',
    'payment-service': 'reachable',
    'ticket-service': 'reachable',
    'event-service': 'reachable',
  } as const;
  return Object.fromEntries(
    Object.entries({ ...well, ...readings }).map(([name, reading]) => [name, { reading, latencyMs: 1 }]),
  ) as unknown as CheckResults;
}

describe('overall health', () => {
  it('is healthy when everything answers', () => {
    expect(overallStatus(results())).toBe('healthy');
  });

  it('is healthy without what is switched off', () => {
    expect(overallStatus(results({ redis: 'disabled', rabbitmq: 'disabled' }))).toBe('healthy');
  });

  it.each([
    ['redis', 'down'],
    ['rabbitmq', 'down'],
    ['payment-service', 'unreachable'],
    ['ticket-service', 'unreachable'],
    ['event-service', 'unreachable'],
  ] as const)('is degraded while %s is %s', (name, reading) => {
    expect(overallStatus(results({ [name]: reading }))).toBe('degraded');
  });

  it('is unhealthy without the database, whatever else answers', () => {
    expect(overallStatus(results({ database: 'down' }))).toBe('unhealthy');
    expect(overallStatus(results({ database: 'down', redis: 'down' }))).toBe('unhealthy');
  });
});
