export * from './health-checks.js';
export type { PoolFigures, Pools } from './database-probe.js';
export * from './health.js';
export * from './health.module.js';
