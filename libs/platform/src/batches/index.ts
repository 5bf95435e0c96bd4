export { Batches, type BatchPlan } from './batches.js';
