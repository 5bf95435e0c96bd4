import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { RemindBuyers } from '@app/orders';
import { JobRunner } from './job-runner.js';

@Injectable()
export class ReminderJob implements OnApplicationBootstrap {
  constructor(
    private readonly runner: JobRunner,
    private readonly reminders: RemindBuyers,
  ) {}

  onApplicationBootstrap(): void {
    this.runner.start('reminder', (limit) => this.reminders.remind(limit));
  }
}
