import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { OrderWorker } from '@app/orders';
import { JobRunner } from './job-runner.js';

@Injectable()
export class EffectsJob implements OnApplicationBootstrap {
  constructor(
    private readonly runner: JobRunner,
    private readonly worker: OrderWorker,
  ) {}

  onApplicationBootstrap(): void {
    this.runner.start('effects', (limit) => this.worker.runDue(limit));
  }
}
