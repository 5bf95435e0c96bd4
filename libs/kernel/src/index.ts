export * from './app-error.js';
export * from './canonical-json.js';
export * from './cents.js';
export * from './clock.js';
export * from './currency.js';
export * from './error-catalog.js';
export * from './ids.js';
