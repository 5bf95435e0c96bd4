import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import {
  createFastifyAdapter,
  HTTP_EDGE_OPTIONS,
  SERVICE_VERSION,
  serveDocs,
  setUpHttpEdge,
  type Config,
} from '@app/platform';
import { AppModule } from './app.module.js';

/** The application as it runs, not yet listening: for `main.ts` and for tests that run it in their own process. */
export async function createApp(config: Config): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(config),
    createFastifyAdapter(config),
    HTTP_EDGE_OPTIONS,
  );
  app.useLogger(app.get(Logger));
  setUpHttpEdge(app);
  if (config.DOCS_ENABLED) serveDocs(app, { version: SERVICE_VERSION });
  return app;
}
