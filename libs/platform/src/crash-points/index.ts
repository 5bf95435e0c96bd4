export * from './armed-crash-point.js';
export * from './crash-points-table.js';
