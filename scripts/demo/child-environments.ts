import type { DemoKeys } from './keys.js';
import { given } from './options.js';

export interface Addresses {
  readonly service: string;
  readonly sandbox: string;
}

/** What the service is started with: the caller's own variables first, the demo's where they say nothing. */
export function serviceEnvironment(
  environment: NodeJS.ProcessEnv,
  demo: {
    readonly port: number;
    readonly databaseUrl: string;
    readonly keys: DemoKeys;
    readonly addresses: Addresses;
  },
): NodeJS.ProcessEnv {
  const { sandbox } = demo.addresses;
  return {
    ...withDefaults(environment, {
      MIGRATE_ON_START: 'true',
      EVENT_SERVICE_URL: sandbox,
      TICKET_SERVICE_URL: sandbox,
      PAYMENT_SERVICE_URL: sandbox,
      AUTH_SERVICE_URL: sandbox,
      SERVICE_SIGNING_KEY: demo.keys.signingKey,
      APP_SECRETS: demo.keys.appSecrets,
      // The whole demo ends within five seconds, PostgreSQL after the service.
      SHUTDOWN_TIMEOUT_MS: '2000',
    }),
    DATABASE_URL: demo.databaseUrl,
    PORT: String(demo.port),
  };
}

export function sandboxEnvironment(
  environment: NodeJS.ProcessEnv,
  demo: {
    readonly sandboxPort: number;
    readonly stateFile: string;
    readonly keys: DemoKeys;
    readonly addresses: Addresses;
  },
): NodeJS.ProcessEnv {
  // The sandbox checks our tokens only when it is our key that signs them.
  const publicKey = given(environment, 'SERVICE_SIGNING_KEY') === undefined ? demo.keys.publicKey : '';
  return {
    ...withDefaults(environment, {
      SANDBOX_STATE_FILE: demo.stateFile,
      ORDER_SERVICE_URL: demo.addresses.service,
      ORDER_SERVICE_PUBLIC_KEY: publicKey,
    }),
    SANDBOX_PORT: String(demo.sandboxPort),
    // PORT is the service's.
    PORT: undefined,
  };
}

function withDefaults(
  environment: NodeJS.ProcessEnv,
  defaults: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const missing = Object.entries(defaults).filter(([name]) => given(environment, name) === undefined);
  return { ...environment, ...Object.fromEntries(missing) };
}
