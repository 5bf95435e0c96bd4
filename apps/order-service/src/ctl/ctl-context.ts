import type { Command } from 'commander';
import { OrderServiceClient } from '@app/client';
import { CtlError } from './ctl-error.js';

/** What the commands touch of the world. */
export interface CtlContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Adds its commands below the program. */
export type CommandGroup = (program: Command, context: CtlContext) => void;

/** An operator waits in front of it. */
const ATTEMPTS_MAX = 3;
const RETRY_AFTER_MAX_MS = 10_000;
const TIMEOUT_MS = 15_000;

/** @throws CtlError naming the variable and what it is for */
export function setting(context: CtlContext, name: string, meaning: string): string {
  const value = context.environment[name]?.trim() ?? '';
  if (value === '') throw new CtlError('setting', `${name} is not set: ${meaning}.`);
  return value;
}

/** @throws CtlError when address or token are not set */
export function serviceClient(context: CtlContext): OrderServiceClient {
  const baseUrl = setting(
    context,
    'ORDER_SERVICE_URL',
    'the address of order-service, such as http://127.0.0.1:3016',
  );
  if (!URL.canParse(baseUrl) || !/^https?:/.test(baseUrl))
    throw new CtlError('setting', `ORDER_SERVICE_URL is no http or https address: "${baseUrl}".`);
  const token = setting(context, 'ORDER_SERVICE_TOKEN', "an admin's access token");
  return new OrderServiceClient({
    baseUrl,
    token,
    attemptsMax: ATTEMPTS_MAX,
    retryAfterMaxMs: RETRY_AFTER_MAX_MS,
    timeoutMs: TIMEOUT_MS,
  });
}
