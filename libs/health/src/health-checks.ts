export interface HealthCheckRow {
  /** Without a required dependency the service is unhealthy; without another it is degraded. */
  readonly isRequired: boolean;
  readonly reads: { readonly well: 'ok' | 'reachable'; readonly ill: 'down' | 'unreachable' };
}

const SERVER = { well: 'ok', ill: 'down' } as const;
const SIBLING = { well: 'reachable', ill: 'unreachable' } as const;

/** Everything the service depends on; GET /health always names all of it. */
export const HEALTH_CHECKS = {
  database: { isRequired: true, reads: SERVER },
  redis: { isRequired: false, reads: SERVER },
  rabbitmq: { isRequired: false, reads: SERVER },
  'payment-service': { isRequired: false, reads: SIBLING },
  'ticket-service': { isRequired: false, reads: SIBLING },
  'event-service': { isRequired: false, reads: SIBLING },
} as const satisfies Record<string, HealthCheckRow>;

export type HealthCheckName = keyof typeof HEALTH_CHECKS;
export const HEALTH_CHECK_NAMES = Object.keys(HEALTH_CHECKS) as readonly HealthCheckName[];

export type CheckReading = HealthCheckRow['reads']['well' | 'ill'] | 'disabled';

/** What one look at a dependency gave. */
export interface CheckResult {
  readonly reading: CheckReading;
  readonly latencyMs: number;
}

export type CheckResults = Readonly<Record<HealthCheckName, CheckResult>>;
export type OverallStatus = 'healthy' | 'degraded' | 'unhealthy';

/** The worst of all readings; what is switched off by config is not missed. */
export function overallStatus(results: CheckResults): OverallStatus {
  const ill = HEALTH_CHECK_NAMES.filter((name) => results[name].reading === HEALTH_CHECKS[name].reads.ill);
  if (ill.some((name) => HEALTH_CHECKS[name].isRequired)) return 'unhealthy';
  return ill.length > 0 ? 'degraded' : 'healthy';
}
