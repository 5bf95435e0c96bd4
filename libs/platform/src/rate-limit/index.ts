export * from './local-windows.js';
export * from './rate-limit-rows.js';
export * from './rate-limit.module.js';
export * from './shared-rate-limiter.js';
