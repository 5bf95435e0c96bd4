import type { Config } from '@app/platform';

/** How often a job runs is a number of milliseconds in the configuration. */
type IntervalName = {
  [Name in keyof Config]: Name extends `${string}_INTERVAL_MS` ? Name : never;
}[keyof Config];

export interface JobRow {
  readonly interval: IntervalName;
  readonly purpose: string;
}

/** Every background job, one row each; metrics and docs use the names of this table. */
export const JOBS = {
  expiration: {
    interval: 'EXPIRATION_INTERVAL_MS',
    purpose: 'Ends PENDING and RESERVED orders whose time ran out.',
  },
  effects: {
    interval: 'EFFECTS_INTERVAL_MS',
    purpose: 'Finishes operations whose process died, and effects on siblings that are still open.',
  },
  bulk: {
    interval: 'BULK_INTERVAL_MS',
    purpose: 'Cancels and refunds the orders of called-off events.',
  },
  reminder: {
    interval: 'REMINDER_INTERVAL_MS',
    purpose: 'Tells once, with order.expiring_soon, that a reservation ends soon.',
  },
  retention: {
    interval: 'RETENTION_INTERVAL_MS',
    purpose: 'Prunes idempotency keys, inbox, outbox and lock leases that are over.',
  },
  reconciliation: {
    interval: 'RECONCILIATION_INTERVAL_MS',
    purpose:
      'Compares what changed lately with payment-service and ticket-service; mends or reports what differs.',
  },
  'reconciliation-day': {
    interval: 'RECONCILIATION_FULL_INTERVAL_MS',
    purpose: 'The same for everything that changed within the last day.',
  },
} as const satisfies Record<string, JobRow>;

export type JobName = keyof typeof JOBS;
