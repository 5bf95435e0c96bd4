export * from './an-order.js';
export * from './client.js';
export * from './siblings.js';
export * from './world.js';
export * from './instance.js';
