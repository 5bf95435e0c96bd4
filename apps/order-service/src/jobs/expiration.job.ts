import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { OverdueOrders } from '@app/orders';
import { JobRunner } from './job-runner.js';

@Injectable()
export class ExpirationJob implements OnApplicationBootstrap {
  constructor(
    private readonly runner: JobRunner,
    private readonly overdue: OverdueOrders,
  ) {}

  onApplicationBootstrap(): void {
    this.runner.start('expiration', (limit) => this.overdue.expire(limit));
  }
}
