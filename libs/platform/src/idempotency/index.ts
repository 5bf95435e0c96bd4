export * from './idempotency-request.js';
export * from './idempotency.store.js';
