export * from './data-source.js';
export * from './database-errors.js';
export * from './database.js';
export * from './fenced-off.js';
export * from './database.module.js';
export * from './migrate.js';
export * from './roles.js';
export * from './transaction.js';
