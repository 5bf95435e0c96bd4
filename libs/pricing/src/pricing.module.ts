import { Module } from '@nestjs/common';
import { PoliciesStore } from './policies.store.js';
import { PolicyCatalogStore } from './policy-catalog.store.js';
import { PromoCatalogStore } from './promo-catalog.store.js';
import { PromoCodesStore } from './promo-codes.store.js';
import { TenantPoliciesCache } from './tenant-policies.store.js';
import { TenantSettingsStore } from './tenant-settings.store.js';

const STORES = [
  PoliciesStore,
  PolicyCatalogStore,
  PromoCatalogStore,
  PromoCodesStore,
  TenantPoliciesCache,
  TenantSettingsStore,
];

@Module({ providers: STORES, exports: STORES })
export class PricingModule {}
