export * from './health-checks.js';
export * from './health.js';
export * from './health.module.js';
