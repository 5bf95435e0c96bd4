import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ReconcileOrders } from '@app/orders';
import { JobRunner } from './job-runner.js';

@Injectable()
export class ReconciliationJob implements OnApplicationBootstrap {
  constructor(
    private readonly runner: JobRunner,
    private readonly reconciliation: ReconcileOrders,
  ) {}

  onApplicationBootstrap(): void {
    this.runner.start('reconciliation', () => this.reconciliation.recent());
    this.runner.start('reconciliation-day', () => this.reconciliation.lastDay());
  }
}
