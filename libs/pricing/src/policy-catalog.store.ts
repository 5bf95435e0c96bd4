import { Injectable } from '@nestjs/common';
import { AppError, uuidv7 } from '@app/kernel';
import type { Transaction } from '@app/platform';
import type { CentsByCurrency } from './price-policy.js';
import type { RefundRule } from './refund-policy.js';

export interface PolicyRecord {
  readonly id: string;
  readonly effectiveFrom: Date;
  readonly effectiveTo: Date | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly reason: string;
}

export interface PricingPolicyRecord extends PolicyRecord {
  readonly venueId: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly platformFeeBps: number | null;
  readonly processingFeeBps: number | null;
  readonly processingFeeFixed: CentsByCurrency | null;
  readonly taxBps: number | null;
}

export interface RefundPolicyRecord extends PolicyRecord {
  readonly eventId: string | null;
  readonly rules: readonly RefundRule[];
  readonly refundsPlatformFee: boolean;
  readonly refundsProcessingFee: boolean;
  readonly refundsTax: boolean;
}

export type NewPolicy<T extends PolicyRecord> = Omit<T, 'id' | 'effectiveTo' | 'createdAt'>;

/** How one kind of policy is stored: `scope` columns tell the lines of versions apart. */
interface PolicyTable {
  readonly table: 'pricing_policies' | 'refund_policies';
  readonly scope: readonly string[];
  /** Column and member of every fact beside those that all policies have. */
  readonly facts: readonly (readonly [column: string, member: string])[];
}

const PRICING: PolicyTable = {
  table: 'pricing_policies',
  scope: ['venue_id', 'country', 'region'],
  facts: [
    ['venue_id', 'venueId'],
    ['country', 'country'],
    ['region', 'region'],
    ['platform_fee_bps', 'platformFeeBps'],
    ['processing_fee_bps', 'processingFeeBps'],
    ['processing_fee_fixed', 'processingFeeFixed'],
    ['tax_bps', 'taxBps'],
  ],
};

const REFUNDS: PolicyTable = {
  table: 'refund_policies',
  scope: ['event_id'],
  facts: [
    ['event_id', 'eventId'],
    ['rules', 'rules'],
    ['refunds_platform_fee', 'refundsPlatformFee'],
    ['refunds_processing_fee', 'refundsProcessingFee'],
    ['refunds_tax', 'refundsTax'],
  ],
};

/** One kind of policy as a resource of versions: a change ends the row that holds and adds the next; none is edited. */
export class PolicyVersions<T extends PolicyRecord> {
  private readonly fields: string;

  constructor(private readonly kind: PolicyTable) {
    this.fields = [
      'p.id',
      ...kind.facts.map(([column, member]) => `p.${column} as "${member}"`),
      'p.effective_from as "effectiveFrom"',
      'p.effective_to as "effectiveTo"',
      'p.created_at as "createdAt"',
      'p.created_by as "createdBy"',
      'p.reason',
    ].join(', ');
  }

  /**
   * Lays the version into the line of its scope: what holds at its beginning ends there, and it ends where a version
   * that is planned for later begins.
   */
  async insert(tx: Transaction, policy: NewPolicy<T>): Promise<T> {
    await this.lock(tx);
    const id = uuidv7(tx.now.getTime());
    const { table, facts } = this.kind;
    const facted = policy as Readonly<Record<string, unknown>>;
    const values = facts.map(([, member]) => jsonOf(facted[member]));
    const columns = facts.map(([column]) => column).join(', ');
    const places = facts.map((_fact, index) => `$${index + 6}`).join(', ');
    await tx.execute(
      `insert into ${table} (tenant_id, id, effective_from, created_at, created_by, reason, ${columns})
       values ($1, $2, $3, now(), $4, $5, ${places})`,
      [tx.tenant(), id, policy.effectiveFrom, policy.createdBy, policy.reason, ...values],
    );
    const isSameScope = this.kind.scope
      .map((column) => `p.${column} is not distinct from n.${column}`)
      .join(' and ');
    await tx.execute(
      `update ${table} p set effective_to = n.effective_from
         from ${table} n
        where n.tenant_id = $1 and n.id = $2 and p.tenant_id = $1 and p.id <> n.id and ${isSameScope}
          and p.effective_from <= n.effective_from and (p.effective_to is null or p.effective_to > n.effective_from)`,
      [tx.tenant(), id],
    );
    await tx.execute(
      `update ${table} n
          set effective_to = (
            select min(p.effective_from) from ${table} p
             where p.tenant_id = $1 and p.id <> n.id and ${isSameScope} and p.effective_from > n.effective_from
               and (p.effective_to is null or p.effective_to > p.effective_from))
        where n.tenant_id = $1 and n.id = $2`,
      [tx.tenant(), id],
    );
    return this.get(tx, id);
  }

  /** @throws POLICY_NOT_FOUND */
  async get(tx: Transaction, policyId: string): Promise<T> {
    const [policy] = await tx.query<T>(
      `select ${this.fields} from ${this.kind.table} p where p.tenant_id = $1 and p.id = $2`,
      [tx.tenant(), policyId],
    );
    if (policy === undefined) throw new AppError('POLICY_NOT_FOUND');
    return policy;
  }

  /** Newest first: ids are made of the time. */
  async list(
    tx: Transaction,
    page: { readonly beforeId: string | null; readonly limit: number },
  ): Promise<readonly T[]> {
    return tx.query<T>(
      `select ${this.fields} from ${this.kind.table} p
        where p.tenant_id = $1 and ($2::uuid is null or p.id < $2)
        order by p.id desc limit $3`,
      [tx.tenant(), page.beforeId, page.limit],
    );
  }

  /**
   * Ends a version now; one that has not begun never will. What is less specific holds instead.
   * @returns whether it had not ended before   @throws POLICY_NOT_FOUND
   */
  async end(tx: Transaction, policyId: string): Promise<boolean> {
    await this.lock(tx);
    await this.get(tx, policyId);
    const changed = await tx.execute(
      `update ${this.kind.table} set effective_to = greatest(effective_from, now())
        where tenant_id = $1 and id = $2 and (effective_to is null or effective_to > greatest(effective_from, now()))`,
      [tx.tenant(), policyId],
    );
    return changed === 1;
  }

  /** Two changes of one tenant's policies come one after the other, so that a line never forks. */
  private async lock(tx: Transaction): Promise<void> {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      `${this.kind.table}:${tx.tenant()}`,
    ]);
  }
}

function jsonOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** Policies as resources; what an order is sold by is read through `PoliciesStore`. */
@Injectable()
export class PolicyCatalogStore {
  readonly pricing = new PolicyVersions<PricingPolicyRecord>(PRICING);
  readonly refunds = new PolicyVersions<RefundPolicyRecord>(REFUNDS);
}
