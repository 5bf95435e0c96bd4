export type { BodyOf, ItemOf, ListPath, Method, PathOf, ProblemCode, Schemas } from './api-types.js';
export * from './order-service-client.js';
export * from './problem.js';
