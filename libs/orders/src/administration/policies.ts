import { Injectable } from '@nestjs/common';
import { MINUTE_MS } from '@app/kernel';
import {
  Database,
  SecretBox,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type Transaction,
  type UserPrincipal,
} from '@app/platform';
import {
  PolicyCatalogStore,
  TenantPoliciesCache,
  type NewPolicy,
  type PolicyRecord,
  type PolicyVersions,
  type PricingPolicyRecord,
  type RefundPolicyRecord,
} from '@app/pricing';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { pageOf, type Page } from '../views/page.js';
import { AdminChanges, invalid, withInstants, type Instants } from './admin-changes.js';

/** "Now" by a client's clock may be a little earlier than now by ours. */
const CLOCK_SKEW_MS = MINUTE_MS;

interface Versioned {
  /** RFC 3339; now when left out. */
  readonly effectiveFrom?: string | undefined;
  readonly reason: string;
}

type Asked<T extends PolicyRecord> = Omit<NewPolicy<T>, 'effectiveFrom' | 'createdBy' | 'reason'> & Versioned;

export type PricingPolicyBody = Instants<PricingPolicyRecord>;
export type RefundPolicyBody = Instants<RefundPolicyRecord>;
export type PricingPolicyAsked = Asked<PricingPolicyRecord>;
export type RefundPolicyAsked = Asked<RefundPolicyRecord>;

/** What tells the two kinds of policy apart outside their tables. */
interface PolicyNames {
  /** First part of the audited action. */
  readonly noun: string;
  readonly path: string;
}

/** A policy as a resource of versions; sold orders keep the one they were bought under. */
class PolicyResource<T extends PolicyRecord> {
  constructor(
    private readonly names: PolicyNames,
    private readonly versions: PolicyVersions<T>,
    private readonly parts: {
      readonly database: Database;
      readonly changes: AdminChanges;
      readonly cache: TenantPoliciesCache;
      readonly secrets: SecretBox;
    },
  ) {}

  /** @throws VALIDATION_FAILED when it should begin in the past */
  async create(
    caller: Caller<UserPrincipal>,
    asked: Asked<T>,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const { noun, path } = this.names;
    const intention = { action: `${noun}.created`, reason: asked.reason };
    return this.parts.changes.run(caller, idempotency, intention, async (tx) => {
      const effectiveFrom = beginning(asked.effectiveFrom, tx.now);
      const policy = { ...asked, effectiveFrom, createdBy: caller.principal.userId } as NewPolicy<T>;
      const written = await this.versions.insert(tx, policy);
      this.applyAfter(tx);
      return {
        status: 201,
        subject: written.id,
        body: withInstants(written),
        location: `${path}/${written.id}`,
      };
    });
  }

  /** @throws POLICY_NOT_FOUND */
  async one(caller: Caller, policyId: string): Promise<Instants<T>> {
    return this.parts.database.transaction({ tenantId: caller.principal.tenantId }, async (tx) =>
      withInstants(await this.versions.get(tx, policyId)),
    );
  }

  /** Newest first, ended and planned versions too. */
  async list(
    caller: Caller,
    query: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Instants<T>>> {
    const { tenantId } = caller.principal;
    const { secrets, database } = this.parts;
    const context = `${this.names.noun}:${tenantId}`;
    const [before] = query.cursor === undefined ? [] : decodeCursor(secrets, context, query.cursor);
    const beforeId = before === undefined ? null : String(before);
    const rows = await database.transaction({ tenantId }, (tx) =>
      this.versions.list(tx, { beforeId, limit: query.limit + 1 }),
    );
    return pageOf(rows, query.limit, withInstants<T>, (row) => encodeCursor(secrets, context, [row.id]));
  }

  /** Ends a version now; one that has ended stays as it is. @throws POLICY_NOT_FOUND */
  async end(
    caller: Caller<UserPrincipal>,
    policyId: string,
    reason: string,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const intention = { action: `${this.names.noun}.ended`, reason };
    return this.parts.changes.run(caller, idempotency, intention, async (tx) => {
      await this.versions.end(tx, policyId);
      this.applyAfter(tx);
      return { status: 200, subject: policyId, body: withInstants(await this.versions.get(tx, policyId)) };
    });
  }

  private applyAfter(tx: Transaction): void {
    const tenantId = tx.tenant();
    tx.afterCommit(() => {
      this.parts.cache.drop(tenantId);
    });
  }
}

/** @throws VALIDATION_FAILED: what was sold in the past stays as it was sold */
function beginning(asked: string | undefined, now: Date): Date {
  if (asked === undefined) return now;
  const at = new Date(asked);
  if (at.getTime() < now.getTime() - CLOCK_SKEW_MS)
    throw invalid('/effectiveFrom', 'past', 'effectiveFrom must not lie in the past.');
  return at < now ? now : at;
}

/** /pricing-policies and /refund-policies. */
@Injectable()
export class Policies {
  readonly pricing: PolicyResource<PricingPolicyRecord>;
  readonly refunds: PolicyResource<RefundPolicyRecord>;

  constructor(
    catalog: PolicyCatalogStore,
    database: Database,
    changes: AdminChanges,
    cache: TenantPoliciesCache,
    secrets: SecretBox,
  ) {
    const parts = { database, changes, cache, secrets };
    this.pricing = new PolicyResource(
      { noun: 'pricing_policy', path: '/api/v1/pricing-policies' },
      catalog.pricing,
      parts,
    );
    this.refunds = new PolicyResource(
      { noun: 'refund_policy', path: '/api/v1/refund-policies' },
      catalog.refunds,
      parts,
    );
  }
}
