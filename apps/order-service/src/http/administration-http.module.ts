import { Module } from '@nestjs/common';
import { OrdersModule } from '@app/orders';
import { InternalOperationsController } from './internal-operations.controller.js';
import { OperationsController } from './operations.controller.js';
import { PricingPoliciesController } from './pricing-policies.controller.js';
import { PromoCodesController } from './promo-codes.controller.js';
import { RefundPoliciesController } from './refund-policies.controller.js';
import { TenantSettingsController } from './tenant-settings.controller.js';

@Module({
  imports: [OrdersModule],
  controllers: [
    InternalOperationsController,
    OperationsController,
    PricingPoliciesController,
    PromoCodesController,
    RefundPoliciesController,
    TenantSettingsController,
  ],
})
export class AdministrationHttpModule {}
