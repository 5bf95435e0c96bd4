/** The windows a request may count against; `service` is the one of all internal routes. */
export const RATE_LIMIT_NAMES = ['create', 'reserve', 'cancel', 'refund', 'read', 'service'] as const;
export type RateLimitName = (typeof RATE_LIMIT_NAMES)[number];

/** Every limit is "so many per minute". */
export const RATE_LIMIT_WINDOW_SECONDS = 60;

export interface RateLimitVerdict {
  readonly allowed: boolean;
  /** Requests allowed in one window. */
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until `remaining` grows again. */
  readonly resetSeconds: number;
}

export interface RateLimiter {
  /** Counts one request of `subject` against `limit`; never throws because its store is away. */
  take(limit: RateLimitName, subject: string): Promise<RateLimitVerdict>;
}

export const RATE_LIMITER = Symbol('RateLimiter');
