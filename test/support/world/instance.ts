import { Global, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import { Logger } from 'nestjs-pino';
import { Locks } from '@app/locking';
import {
  createFastifyAdapter,
  drainAndClose,
  HTTP_EDGE_OPTIONS,
  setUpHttpEdge,
  UPSTREAM_OPTIONS,
  type Config,
  type UpstreamOptions,
} from '@app/platform';
import { AppModule } from '../../../apps/order-service/src/app.module.js';

const DRAIN_TIMEOUT_MS = 5_000;

// The faults of one test must not open a breaker that the next one finds open.
const PATIENT: UpstreamOptions = { breaker: { volumeMin: 1_000_000 } };

@Global()
@Module({
  providers: [{ provide: UPSTREAM_OPTIONS, useValue: PATIENT }],
  exports: [UPSTREAM_OPTIONS],
})
class PatientBreakers {}

/** One process of the service, as far as others can tell: application, pools and caches of its own. */
export class Instance {
  private constructor(
    private readonly app: NestFastifyApplication,
    readonly url: string,
  ) {}

  /** @param locks replaces the shared locks, to show that correctness never needs them */
  static async start(config: Config, locks?: Locks): Promise<Instance> {
    const testing = await compiled(config, locks);
    const app = testing.createNestApplication<NestFastifyApplication>(
      createFastifyAdapter(config),
      HTTP_EDGE_OPTIONS,
    );
    app.useLogger(app.get(Logger));
    setUpHttpEdge(app);
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

function compiled(config: Config, locks: Locks | undefined): Promise<TestingModule> {
  const testing = Test.createTestingModule({ imports: [PatientBreakers, AppModule.of(config)] });
  return (locks === undefined ? testing : testing.overrideProvider(Locks).useValue(locks)).compile();
}
