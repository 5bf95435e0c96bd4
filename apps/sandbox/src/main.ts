import { startSandbox } from './start-sandbox.js';

/** An empty variable counts as unset, as in an .env file that lists every name. */
function env(name: string): string | undefined {
  const text = process.env[name]?.trim();
  return text === '' ? undefined : text;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new Error(`SANDBOX_PORT must be a port number, not "${text}".`);
  }
  return value;
}

try {
  const sandbox = await startSandbox({
    port: port(env('SANDBOX_PORT') ?? '3017'),
    host: env('SANDBOX_HOST'),
    orderServiceUrl: env('ORDER_SERVICE_URL'),
    orderServicePublicKey: env('ORDER_SERVICE_PUBLIC_KEY'),
    serviceIssuer: env('SERVICE_ISSUER'),
    rabbitmqUrl: env('RABBITMQ_URL'),
    rabbitmqPrefix: env('RABBITMQ_PREFIX'),
    stateFile: env('SANDBOX_STATE_FILE'),
  });
  const stop = (): void => void sandbox.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`sandbox listens on ${sandbox.url}\n`);
} catch (error) {
  process.stderr.write(`sandbox cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
