import { LOCK_RESOURCES, type LockResource } from '@app/locking';
import { METRIC_NAMES, metricRow, UPSTREAM_OPERATIONS, type OperationRow } from '@app/platform';
import { JOBS, type JobRow } from '../../../apps/order-service/src/jobs/jobs-table.js';
import { code, page, table } from './markdown.js';

export function jobsPage(): string {
  return page(
    'Jobs',
    'Every replica may run every job: work is claimed in the database.',
    table(
      ['job', 'interval', 'what it does'],
      Object.entries<JobRow>(JOBS).map(([name, row]) => [code(name), code(row.interval), row.purpose]),
    ),
  );
}

export function metricsPage(): string {
  return page(
    'Metrics',
    'What `GET /metrics` shows beside the figures of the Node process.',
    table(
      ['metric', 'type', 'labels', 'meaning'],
      METRIC_NAMES.map((name) => {
        const row = metricRow(name);
        return [code(name), row.type, row.labels.map(code).join(', '), row.help];
      }),
    ),
  );
}

export function lockResourcesPage(): string {
  return page(
    'Locks',
    'One key per resource, taken in one order. Correctness never needs them.',
    table(
      ['resource', 'what it protects'],
      Object.entries<LockResource>(LOCK_RESOURCES).map(([name, row]) => [code(name), row.protects]),
    ),
  );
}

export function upstreamOperationsPage(): string {
  return page(
    'Calls to siblings',
    'Only the refusals listed mean "no, and nothing was done"; everything else is tried again with the same key and bytes.',
    table(
      ['sibling', 'operation', 'method', 'class', 'refusals'],
      Object.values<OperationRow>(UPSTREAM_OPERATIONS).map((row) => [
        row.upstream,
        code(row.operation),
        row.method,
        row.class,
        Object.entries(row.refusals)
          .map(([status, codes]) => `${status} ${[codes].flat().map(code).join(', ')}`)
          .join('; '),
      ]),
    ),
  );
}
