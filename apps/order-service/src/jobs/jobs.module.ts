import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { OrdersModule } from '@app/orders';
import { BulkJob } from './bulk.job.js';
import { EffectsJob } from './effects.job.js';
import { ExpirationJob } from './expiration.job.js';
import { JobRunner } from './job-runner.js';
import { ReconciliationJob } from './reconciliation.job.js';
import { ReminderJob } from './reminder.job.js';
import { RetentionJob } from './retention.job.js';

@Module({
  imports: [ScheduleModule.forRoot(), OrdersModule],
  providers: [JobRunner, ExpirationJob, EffectsJob, BulkJob, ReconciliationJob, ReminderJob, RetentionJob],
})
export class JobsModule {}
