import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { Type } from '@nestjs/common';
import { Logger } from 'nestjs-pino';
import { Locks } from '@app/locking';
import {
  createFastifyAdapter,
  drainAndClose,
  HTTP_EDGE_OPTIONS,
  setUpHttpEdge,
  type Config,
} from '@app/platform';
import { AppModule } from '../../../apps/order-service/src/app.module.js';
import { createApp } from '../../../apps/order-service/src/bootstrap.js';

const DRAIN_TIMEOUT_MS = 5_000;

/** One process of the service, as far as others can tell: application, pools and caches of its own. */
export class Instance {
  private constructor(
    private readonly app: NestFastifyApplication,
    readonly url: string,
  ) {}

  /** @param locks replaces the shared locks, to show that correctness never needs them */
  static async start(config: Config, locks?: Locks): Promise<Instance> {
    const app = locks === undefined ? await createApp(config) : await appWith(config, locks);
    await app.listen(0, '127.0.0.1');
    return new Instance(app, await app.getUrl());
  }

  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  stop(): Promise<void> {
    return drainAndClose(this.app, DRAIN_TIMEOUT_MS);
  }
}

async function appWith(config: Config, locks: Locks): Promise<NestFastifyApplication> {
  const testing = await Test.createTestingModule({ imports: [AppModule.of(config)] })
    .overrideProvider(Locks)
    .useValue(locks)
    .compile();
  const app = testing.createNestApplication<NestFastifyApplication>(
    createFastifyAdapter(config),
    HTTP_EDGE_OPTIONS,
  );
  app.useLogger(app.get(Logger));
  setUpHttpEdge(app);
  return app;
}
