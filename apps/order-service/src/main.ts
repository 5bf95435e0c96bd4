import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  Admission,
  DatabaseStart,
  drainAndClose,
  loadConfig,
  startTracing,
  type Config,
  type Tracing,
} from '@app/platform';
import { createApp } from './bootstrap.js';
import { startConsumers } from './messaging/consumers.js';
import { startFailure } from './start-failure.js';

/** A rush connects within milliseconds; who finds the queue full tries again after a second. Linux caps it at somaxconn. */
const CONNECTIONS_WAITING_MAX = 4_096;
const EXIT_OK = 0;
const EXIT_FAILURE = 1;
/** After the time for requests in flight, this much more for the relay, the pools, the log and the last traces. */
const EXIT_GRACE_MS = 5_000;

async function start(config: Config): Promise<NestFastifyApplication> {
  const tracing = await startTracing(config);
  const app = await createApp(config);
  endOnSignals(app, config, tracing);
  await app.listen({ port: config.PORT, host: config.HOST, backlog: CONNECTIONS_WAITING_MAX });
  // The probes answer meanwhile.
  await app.get(DatabaseStart).whenReady();
  await startConsumers(app, config);
  return app;
}

/** The first reason to end decides the exit code; a second signal does not make the first drain any shorter. */
function endOnSignals(app: NestFastifyApplication, config: Config, tracing: Tracing): void {
  const logger = new Logger('Process');
  let isEnding = false;
  const end = (exitCode: number): void => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => process.exit(EXIT_FAILURE), config.SHUTDOWN_TIMEOUT_MS + EXIT_GRACE_MS).unref();
    drainAndClose(app, config.SHUTDOWN_TIMEOUT_MS)
      .finally(() => tracing.stop())
      .then(
        () => process.exit(exitCode),
        (error: unknown) => {
          logger.error({ err: error }, 'The shutdown failed');
          process.exit(EXIT_FAILURE);
        },
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      logger.log({ signal }, 'Shutting down');
      end(EXIT_OK);
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      const requestIds = app.get(Admission).requestIdsInFlight();
      logger.error({ err: error, event, requestIds }, 'Something was thrown that nobody caught');
      end(EXIT_FAILURE);
    });
  }
}

async function main(): Promise<void> {
  try {
    await start(loadConfig(process.env));
  } catch (error) {
    const { sentence, exitCode } = startFailure(error);
    process.stderr.write(`${sentence}\n`, () => process.exit(exitCode));
  }
}

await main();
