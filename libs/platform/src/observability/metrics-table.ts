export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Values come from short closed lists: codes, states, names of our own. Never an id, never free text. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in the unit of its name. */
  readonly buckets?: readonly number[];
}

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const LOCK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;
const JOB_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60] as const;
const AMOUNT_CENTS = [
  1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
] as const;

/** Every metric the service exposes, one row each, beside Node's own process metrics. */
export const METRICS = {
  orders_created_total: { type: 'counter', labels: ['currency'], help: 'Orders created.' },
  order_creation_duration_seconds: {
    type: 'histogram',
    labels: [],
    buckets: REQUEST_SECONDS,
    help: 'Time from the request to the committed new order.',
  },
  order_state_transitions_total: {
    type: 'counter',
    labels: ['from', 'to'],
    help: 'Changes of an order from one status to another.',
  },
  active_reservations: {
    type: 'gauge',
    labels: [],
    help: 'Orders that are RESERVED, of all tenants, read from the database.',
  },
  orders_cancelled_total: { type: 'counter', labels: ['cause'], help: 'Orders that became CANCELLED.' },
  orders_refunded_total: {
    type: 'counter',
    labels: ['kind'],
    help: 'Refunds that succeeded, full or partial.',
  },
  order_amount_cents: {
    type: 'histogram',
    labels: ['currency'],
    buckets: AMOUNT_CENTS,
    help: 'Totals of created orders in minor units of their currency.',
  },
  orders_expired_total: { type: 'counter', labels: [], help: 'Orders that became EXPIRED.' },
  upstream_request_duration_seconds: {
    type: 'histogram',
    labels: ['upstream', 'operation', 'outcome'],
    buckets: REQUEST_SECONDS,
    help: 'Calls to siblings, by what became of them: done, refused, not-sent or unknown.',
  },
  circuit_breaker_state: {
    type: 'gauge',
    labels: ['upstream'],
    help: 'Worst circuit breaker of a sibling: 0 closed, 1 half-open, 2 open.',
  },
  lock_wait_seconds: {
    type: 'histogram',
    labels: ['backend'],
    buckets: LOCK_SECONDS,
    help: 'How long a lock was waited for, in this process and in the backend.',
  },
  idempotency_requests_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Requests with an idempotency key, by what the key turned out to be.',
  },
  outbox_pending: {
    type: 'gauge',
    labels: [],
    help: 'Events not yet confirmed by the broker; 0 when no broker is configured.',
  },
  outbox_oldest_age_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Age of the oldest event not yet confirmed by the broker; 0 when there is none.',
  },
  effects_pending: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Effects on other services that are still to be made or to be known.',
  },
  effects_dead_total: {
    type: 'counter',
    labels: ['kind'],
    help: 'Effects that were refused for good and parked for an operator.',
  },
  effects_parked: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Effects that wait for an operator now.',
  },
  effects_oldest_age_seconds: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Age of the oldest effect of a kind that is still to be made or to be known.',
  },
  refunds_pending_oldest_age_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Age of the oldest refund whose money is not back yet; 0 when there is none.',
  },
  operations_oldest_age_seconds: {
    type: 'gauge',
    labels: ['op'],
    help: 'Age of the oldest operation that runs on an order.',
  },
  orders_overdue_oldest_age_seconds: {
    type: 'gauge',
    labels: [],
    help: 'How long the order that should have expired first is overdue; 0 when none is.',
  },
  inbox_messages_total: {
    type: 'counter',
    labels: ['pattern', 'result'],
    help: 'Messages received, by what became of them.',
  },
  reconciliation_findings: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Findings of the reconciliation that nobody has resolved yet.',
  },
  late_payments_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Late, double and wrong payments, by what became of them.',
  },
  job_runs_total: { type: 'counter', labels: ['job', 'result'], help: 'Runs of background jobs.' },
  job_duration_seconds: {
    type: 'histogram',
    labels: ['job'],
    buckets: JOB_SECONDS,
    help: 'How long a run of a background job took.',
  },
  http_request_duration_seconds: {
    type: 'histogram',
    labels: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    help: 'HTTP requests that were let in, by route pattern.',
  },
  http_requests_turned_away_total: {
    type: 'counter',
    labels: ['method', 'route'],
    help: 'HTTP requests that were answered 503 OVERLOADED because there was no place for them, by route pattern.',
  },
  database_connections: {
    type: 'gauge',
    labels: ['pool', 'state'],
    help: 'Connections of this process to PostgreSQL: used and idle ones, and max, how many there may be.',
  },
  database_connections_waiting: {
    type: 'gauge',
    labels: ['pool'],
    help: 'Callers in this process that wait for a connection to PostgreSQL.',
  },
  http_requests_in_flight: { type: 'gauge', labels: [], help: 'HTTP requests being served.' },
} as const satisfies Record<string, MetricRow>;

type Table = typeof METRICS;
export type MetricName = keyof Table;
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

type NamesOf<Type extends MetricRow['type']> = {
  [Name in MetricName]: Table[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;

/** The labels of one metric; all of them, and no others. */
export type MetricLabels<Name extends MetricName> = Readonly<Record<Table[Name]['labels'][number], string>>;

/** A metric without labels takes none: `increment('orders_expired_total')`. */
export type LabelArguments<Name extends MetricName> = Table[Name]['labels'] extends readonly []
  ? readonly []
  : readonly [labels: MetricLabels<Name>];

export function metricRow(name: MetricName): MetricRow {
  return METRICS[name];
}
