/** A row of the metrics table, as far as a panel needs it. */
export interface ChartedMetric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

export type ChartedMetrics = Readonly<Record<string, ChartedMetric>>;

interface DashboardPlan {
  readonly uid: string;
  readonly title: string;
  readonly metrics: readonly string[];
}

/** One dashboard a question, the most urgent figures first; metrics that none of them names end on the last one. */
const DASHBOARDS: readonly DashboardPlan[] = [
  {
    uid: 'orders',
    title: 'Orders',
    metrics: [
      'orders_overdue_oldest_age_seconds',
      'operations_oldest_age_seconds',
      'active_reservations',
      'orders_created_total',
      'order_state_transitions_total',
      'orders_expired_total',
      'orders_cancelled_total',
      'order_creation_duration_seconds',
      'idempotency_requests_total',
    ],
  },
  {
    uid: 'money',
    title: 'Money',
    metrics: [
      'refunds_pending_oldest_age_seconds',
      'reconciliation_findings',
      'effects_parked',
      'late_payments_total',
      'orders_refunded_total',
      'order_amount_cents',
    ],
  },
  {
    uid: 'effects',
    title: 'Effects on siblings',
    metrics: [
      'effects_oldest_age_seconds',
      'effects_pending',
      'effects_parked',
      'effects_dead_total',
      'circuit_breaker_state',
      'upstream_request_duration_seconds',
      'job_runs_total',
      'job_duration_seconds',
    ],
  },
  {
    uid: 'broker',
    title: 'Broker',
    metrics: ['outbox_oldest_age_seconds', 'outbox_pending', 'inbox_messages_total'],
  },
  {
    uid: 'database',
    title: 'Database and locks',
    metrics: [
      'database_connections_waiting',
      'database_connections',
      'lock_wait_seconds',
      'job_duration_seconds',
    ],
  },
  {
    uid: 'saturation',
    title: 'Saturation',
    metrics: [
      'http_requests_in_flight',
      'http_requests_turned_away_total',
      'http_request_duration_seconds',
      'database_connections_waiting',
      'nodejs_eventloop_lag_p99_seconds',
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_heap_size_used_bytes',
    ],
  },
];

/** Of what Node's own exporter gives beside the table of metrics, the rows that a dashboard shows. */
const NODE_METRICS: ChartedMetrics = {
  nodejs_eventloop_lag_p99_seconds: {
    type: 'gauge',
    labels: [],
    help: 'How late the event loop runs what is due, worst replica.',
  },
  process_cpu_seconds_total: {
    type: 'counter',
    labels: ['instance'],
    help: 'CPU cores used by each replica.',
  },
  process_resident_memory_bytes: { type: 'gauge', labels: ['instance'], help: 'Memory of each replica.' },
  nodejs_heap_size_used_bytes: {
    type: 'gauge',
    labels: ['instance'],
    help: 'JavaScript heap of each replica.',
  },
};

const COLUMNS = 3;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

/**
 * The Grafana dashboards of the service by their uid: every metric of the table has a panel, drawn by its type.
 * @throws when a plan names a metric that neither the table nor Node has
 */
export function serviceDashboards(metrics: ChartedMetrics): Readonly<Record<string, object>> {
  const charted = { ...NODE_METRICS, ...metrics };
  const planned = DASHBOARDS.flatMap((plan) => plan.metrics);
  const unknown = planned.filter((name) => !(name in charted));
  if (unknown.length > 0) throw new Error(`There is no metric ${unknown.join(', ')}.`);
  const others = Object.keys(metrics).filter((name) => !planned.includes(name));
  const last = DASHBOARDS.length - 1;
  return Object.fromEntries(
    DASHBOARDS.map((plan, index) => [
      plan.uid,
      dashboard(plan, index === last ? [...plan.metrics, ...others] : plan.metrics, charted),
    ]),
  );
}

function dashboard(plan: DashboardPlan, names: readonly string[], metrics: ChartedMetrics): object {
  return {
    uid: `order-service-${plan.uid}`,
    title: `order-service: ${plan.title}`,
    tags: ['order-service'],
    schemaVersion: 41,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [] },
    links: [{ type: 'dashboards', title: 'order-service', tags: ['order-service'], asDropdown: true }],
    panels: names.flatMap((name, index) => {
      const metric = metrics[name];
      return metric === undefined ? [] : [panel(index, name, metric)];
    }),
  };
}

function panel(index: number, name: string, metric: ChartedMetric): object {
  const gridPos = {
    x: (index % COLUMNS) * WIDTH,
    y: Math.floor(index / COLUMNS) * HEIGHT,
    w: WIDTH,
    h: HEIGHT,
  };
  return {
    id: index + 1,
    type: 'timeseries',
    title: name,
    description: metric.help,
    datasource: { type: 'prometheus', uid: 'prometheus' },
    gridPos,
    fieldConfig: { defaults: { unit: unitOf(name, metric), min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] } },
    targets: targetsOf(name, metric).map((target, index) => ({
      refId: String.fromCharCode(65 + index),
      ...target,
    })),
  };
}

function targetsOf(name: string, metric: ChartedMetric): readonly Target[] {
  // Prometheus keeps `job` for itself and calls ours exported_job.
  const labels = metric.labels.map((label) => (label === 'job' ? 'exported_job' : label));
  const by = labels.length === 0 ? '' : ` by (${labels.join(', ')})`;
  const legend = labels.map((label) => `{{${label}}}`).join(' ');
  if (metric.type === 'counter')
    return [{ expr: `sum${by} (rate(${name}[$__rate_interval]))`, legendFormat: legend || name }];
  // Replicas read the same rows, so the greatest is the figure; what is a process's own shows its worst.
  if (metric.type === 'gauge') return [{ expr: `max${by} (${name})`, legendFormat: legend || name }];
  const byBucket = ` by (${['le', ...labels].join(', ')})`;
  return [0.5, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum${byBucket} (rate(${name}_bucket[$__rate_interval])))`,
    legendFormat: `p${quantile * 100} ${legend}`.trim(),
  }));
}

function unitOf(name: string, metric: ChartedMetric): string {
  if (name.endsWith('_seconds')) return 's';
  if (name.endsWith('_bytes')) return 'bytes';
  if (name === 'process_cpu_seconds_total') return 'cores';
  return metric.type === 'counter' ? 'ops' : 'short';
}
