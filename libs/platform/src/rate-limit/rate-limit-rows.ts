import type { Config } from '../config/config-table.js';
import type { RateLimitName } from '../http/rate-limit.js';

type LimitSetting = {
  [Name in keyof Config]: Name extends `RATE_LIMIT_${string}_PER_MINUTE` ? Name : never;
}[keyof Config];

/** Which configuration row says how many requests a limit allows. */
export const RATE_LIMITS = {
  create: 'RATE_LIMIT_CREATE_PER_MINUTE',
  reserve: 'RATE_LIMIT_RESERVE_PER_MINUTE',
  cancel: 'RATE_LIMIT_CANCEL_PER_MINUTE',
  refund: 'RATE_LIMIT_REFUND_PER_MINUTE',
  read: 'RATE_LIMIT_READ_PER_MINUTE',
  service: 'RATE_LIMIT_SERVICE_PER_MINUTE',
} as const satisfies Record<RateLimitName, LimitSetting>;
