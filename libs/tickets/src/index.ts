export * from './catalog.js';
export * from './event-service.client.js';
export * from './ticket-service.client.js';
export * from './tickets.module.js';
export * from './wire.js';
