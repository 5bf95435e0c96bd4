import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Admission } from './admission.js';
import { Lifecycle } from './lifecycle.js';

/** The relay's last flush is a courtesy: what it does not manage is sent by the next process. */
const FLUSH_TIMEOUT_MS = 2_000;

/**
 * A connection closed between two requests of a busy client is a reset for the client, whose next request is on its
 * way already. Within this time it gets an answer that says `Connection: close` instead.
 */
const LINGER_MS = 500;

/** The first turn may have begun before the sockets were read. */
const READ_TURNS = 2;

/**
 * Ends the application without cutting anybody off: nothing new is taken, busy clients are told to connect elsewhere,
 * what is in flight has `timeoutMs` to finish, then the relay flushes, the rest is closed, and the pools go last.
 */
export async function drainAndClose(app: NestFastifyApplication, timeoutMs: number): Promise<void> {
  const logger = new Logger('Shutdown');
  const lifecycle = app.get(Lifecycle);
  const admission = app.get(Admission);
  const server = app.getHttpServer();
  const stopped = lifecycle.beginDrain();
  const lingered = sleep(Math.min(LINGER_MS, timeoutMs)).then(async () => {
    await everythingRead();
    server.closeIdleConnections();
  });
  const finished = await within(timeoutMs, Promise.all([stopped, admission.whenIdle(), lingered]));
  if (!finished) {
    logger.warn({ inFlight: admission.inFlight }, 'Requests in flight were given up: they took too long');
    // Whoever still waits hears that the same request may be sent again, instead of a broken connection.
    admission.giveUp();
  }
  // Whoever got the last answer may connect anew for the next request: the port closes under nobody who was just served.
  await Promise.all([within(FLUSH_TIMEOUT_MS, lifecycle.finishDrain()), sleep(LINGER_MS)]);
  await everythingRead();
  // Takes no connection any more, closes the idle ones, and is over when the refused have their answer.
  await within(LINGER_MS, new Promise((resolve) => server.close(resolve)));
  // What is left are connections that never sent a request, or were too slow.
  server.closeAllConnections();
  await app.close();
}

/**
 * Timers run before sockets are read: what has arrived meanwhile must be seen first, or its connection passes for an
 * idle one, and its sender for somebody we never knew.
 */
async function everythingRead(): Promise<void> {
  for (let turn = 0; turn < READ_TURNS; turn += 1) await nextTurn();
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
