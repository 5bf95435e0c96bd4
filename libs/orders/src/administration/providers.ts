import { AdminChanges } from './admin-changes.js';
import { Policies } from './policies.js';
import { PromoCodes } from './promo-codes.js';
import { TenantSettingsAdministration } from './tenant-settings.js';

/** Everything about the administration of sales that the container makes. */
export const ADMINISTRATION_PROVIDERS = [AdminChanges, Policies, PromoCodes, TenantSettingsAdministration];
