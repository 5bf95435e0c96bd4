import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PruneOldRows } from '@app/orders';
import { JobRunner } from './job-runner.js';

@Injectable()
export class RetentionJob implements OnApplicationBootstrap {
  constructor(
    private readonly runner: JobRunner,
    private readonly retention: PruneOldRows,
  ) {}

  onApplicationBootstrap(): void {
    this.runner.start('retention', (limit) => this.retention.prune(limit));
  }
}
