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
} as const satisfies Record<string, JobRow>;

export type JobName = keyof typeof JOBS;
