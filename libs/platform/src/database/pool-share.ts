/**
 * Whose connections serve a piece of work: those of ordinary requests; those that are kept for requests which give
 * money or seats back (all of the request pool); or those of background work.
 */
export type PoolShare = 'request' | 'reserved' | 'worker';
