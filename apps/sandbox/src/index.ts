export { DEFAULT_TENANT_ID } from './catalogue/shipped-catalogue.js';
export type { SandboxOptions } from './sandbox-config.js';
export { startSandbox, type RunningSandbox } from './start-sandbox.js';
