/** A row of the metrics table, as far as a panel needs it. */
export interface ChartedMetric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

export type ChartedMetrics = Readonly<Record<string, ChartedMetric>>;

/** What is looked at together, in the order of urgency; metrics that no group names come last by themselves. */
const GROUPS: readonly { readonly title: string; readonly metrics: readonly string[] }[] = [
  {
    title: 'What buyers wait for',
    metrics: [
      'refunds_pending_oldest_age_seconds',
      'operations_oldest_age_seconds',
      'orders_overdue_oldest_age_seconds',
      'effects_oldest_age_seconds',
      'effects_parked',
      'reconciliation_findings',
    ],
  },
  {
    title: 'Requests',
    metrics: ['http_request_duration_seconds', 'http_requests_in_flight', 'idempotency_requests_total'],
  },
  {
    title: 'Orders',
    metrics: [
      'orders_created_total',
      'order_state_transitions_total',
      'active_reservations',
      'orders_expired_total',
      'orders_cancelled_total',
      'orders_refunded_total',
      'late_payments_total',
      'order_amount_cents',
      'order_creation_duration_seconds',
    ],
  },
  {
    title: 'Siblings and locks',
    metrics: [
      'upstream_request_duration_seconds',
      'circuit_breaker_state',
      'effects_pending',
      'effects_dead_total',
      'lock_wait_seconds',
    ],
  },
  { title: 'Messages', metrics: ['outbox_pending', 'outbox_oldest_age_seconds', 'inbox_messages_total'] },
  { title: 'Jobs', metrics: ['job_runs_total', 'job_duration_seconds'] },
];

const COLUMNS = 3;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

/**
 * The Grafana dashboard of the service: every metric of the table has one panel, drawn by its type.
 * @throws when a group names a metric that the table does not have
 */
export function serviceDashboard(metrics: ChartedMetrics): object {
  const known = GROUPS.flatMap((group) => group.metrics);
  const unknown = known.filter((name) => !(name in metrics));
  if (unknown.length > 0) throw new Error(`There is no metric ${unknown.join(', ')}.`);
  const others = Object.keys(metrics).filter((name) => !known.includes(name));
  const groups = others.length === 0 ? GROUPS : [...GROUPS, { title: 'More', metrics: others }];
  return {
    uid: 'order-service',
    title: 'order-service',
    tags: ['order-service'],
    schemaVersion: 41,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [] },
    panels: panelsOf(groups, metrics),
  };
}

function panelsOf(groups: typeof GROUPS, metrics: ChartedMetrics): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const group of groups) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: group.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: 24, h: 1 },
    });
    y += 1;
    for (const [index, name] of group.metrics.entries()) {
      const metric = metrics[name];
      if (metric === undefined) continue;
      const gridPos = {
        x: (index % COLUMNS) * WIDTH,
        y: y + Math.floor(index / COLUMNS) * HEIGHT,
        w: WIDTH,
        h: HEIGHT,
      };
      panels.push(panel(panels.length + 1, name, metric, gridPos));
    }
    y += Math.ceil(group.metrics.length / COLUMNS) * HEIGHT;
  }
  return panels;
}

function panel(id: number, name: string, metric: ChartedMetric, gridPos: object): object {
  return {
    id,
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
  return metric.type === 'counter' ? 'ops' : 'short';
}
