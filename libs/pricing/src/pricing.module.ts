import { Module } from '@nestjs/common';
import { PoliciesStore } from './policies.store.js';
import { PromoCodesStore } from './promo-codes.store.js';
import { TenantPoliciesCache } from './tenant-policies.store.js';

@Module({
  providers: [PoliciesStore, PromoCodesStore, TenantPoliciesCache],
  exports: [PoliciesStore, PromoCodesStore, TenantPoliciesCache],
})
export class PricingModule {}
