import { Global, Module } from '@nestjs/common';
import { OrdersModule, RecordRefusal } from '@app/orders';
import { REFUSAL_RECORDER } from '@app/platform';
import { AdminAuditController } from './admin-audit.controller.js';
import { AdminEffectsController } from './admin-effects.controller.js';
import { AdminExplainController } from './admin-explain.controller.js';
import { AdminFindingsController } from './admin-findings.controller.js';

/** What a tenant's admins see and decide. Global, because the edge hands refused actions over to it. */
@Global()
@Module({
  imports: [OrdersModule],
  controllers: [
    AdminFindingsController,
    AdminEffectsController,
    AdminExplainController,
    AdminAuditController,
  ],
  providers: [{ provide: REFUSAL_RECORDER, useExisting: RecordRefusal }],
  exports: [REFUSAL_RECORDER],
})
export class AdminHttpModule {}
