export * from './lease-rows.js';
export * from './lock-keys.js';
export * from './locking.module.js';
export * from './locks.js';
export * from './redis-locks.js';
export * from './shared-locks.js';
