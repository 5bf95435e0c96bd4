export type { BreakerOptions } from './breakers.js';
export { ECHO_FITS, type AnswerReading, type EchoVerdict } from './classify-outcome.js';
export * from './operations.js';
export * from './outcome.js';
export * from './wire-schemas.js';
export * from './service-token.js';
export * from './upstream-observer.js';
export * from './upstream.client.js';
export * from './upstream.module.js';
