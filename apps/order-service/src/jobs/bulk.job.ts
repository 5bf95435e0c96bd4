import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BulkWorker } from '@app/orders';
import { JobRunner } from './job-runner.js';

@Injectable()
export class BulkJob implements OnApplicationBootstrap {
  constructor(
    private readonly runner: JobRunner,
    private readonly bulk: BulkWorker,
  ) {}

  onApplicationBootstrap(): void {
    this.runner.start('bulk', (limit) => this.bulk.run(limit));
  }
}
