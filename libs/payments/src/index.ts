export * from './payment-service.client.js';
export * from './payments.module.js';
export * from './wire.js';
