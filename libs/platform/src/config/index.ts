export * from './config-rows.js';
export * from './config-table.js';
export * from './config.module.js';
export * from './load-config.js';
