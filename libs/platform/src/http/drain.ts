import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Admission } from './admission.js';
import { Lifecycle } from './lifecycle.js';

/** The relay's last flush is a courtesy: what it does not manage is sent by the next process. */
const FLUSH_TIMEOUT_MS = 2_000;

/**
 * Ends the application without cutting anybody off: nothing new is taken, idle connections are closed at once, what
 * is in flight has `timeoutMs` to finish, then the relay flushes, the rest is closed, and the pools go last.
 */
export async function drainAndClose(app: NestFastifyApplication, timeoutMs: number): Promise<void> {
  const logger = new Logger('Shutdown');
  const lifecycle = app.get(Lifecycle);
  const admission = app.get(Admission);
  const server = app.getHttpServer();
  const stopped = lifecycle.beginDrain();
  server.closeIdleConnections();
  const finished = await within(timeoutMs, Promise.all([stopped, admission.whenIdle()]));
  if (!finished)
    logger.warn({ inFlight: admission.inFlight }, 'Requests in flight were cut off: they took too long');
  await within(FLUSH_TIMEOUT_MS, lifecycle.finishDrain());
  server.close();
  // Nothing is in flight any more; what is left are connections that never sent a request, or were too slow.
  server.closeAllConnections();
  await app.close();
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work.then(() => true), expired]);
  } finally {
    clearTimeout(timer);
  }
}
