export * from './error-facts.js';
export * from './logging.module.js';
export * from './metrics-table.js';
export * from './metrics.js';
export * from './metrics.module.js';
export * from './redact.js';
export * from './service-identity.js';
