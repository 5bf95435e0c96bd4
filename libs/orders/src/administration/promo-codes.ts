import { Injectable } from '@nestjs/common';
import { canonicalJson, isCurrency } from '@app/kernel';
import {
  Database,
  SecretBox,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { PromoCatalogStore, type NewPromoCode, type PromoCodeRecord } from '@app/pricing';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { pageOf, type Page } from '../views/page.js';
import { AdminChanges, invalid, withInstants, type Instants } from './admin-changes.js';

export type PromoCodeBody = Instants<PromoCodeRecord>;

/** What an admin sends; instants are RFC 3339. */
export interface PromoCodeAsked {
  readonly code: string;
  readonly kind: 'percentage' | 'fixed';
  readonly percentBps?: number | undefined;
  readonly amountCents?: number | undefined;
  readonly currency?: string | undefined;
  readonly eventId?: string | undefined;
  readonly minimumSubtotalCents?: number | undefined;
  readonly maxRedemptions?: number | undefined;
  readonly maxRedemptionsPerBuyer?: number | undefined;
  readonly startsAt?: string | undefined;
  readonly endsAt?: string | undefined;
  readonly reason: string;
}

/** /promo-codes: made and ended by admins, never edited. */
@Injectable()
export class PromoCodes {
  constructor(
    private readonly database: Database,
    private readonly changes: AdminChanges,
    private readonly catalog: PromoCatalogStore,
    private readonly secrets: SecretBox,
  ) {}

  /** @throws PROMO_CODE_TAKEN, VALIDATION_FAILED when the members do not fit together */
  async create(
    caller: Caller<UserPrincipal>,
    asked: PromoCodeAsked,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    assertTerms(asked);
    const intention = {
      action: 'promo_code.created',
      reason: asked.reason,
    };
    return this.changes.run(caller, idempotency, intention, async (tx) => {
      if (asked.endsAt !== undefined && new Date(asked.endsAt) <= tx.now)
        throw invalid('/endsAt', 'past', 'endsAt has passed already.');
      const promo = await this.catalog.insert(tx, newPromoCode(asked, caller.principal.userId));
      return {
        status: 201,
        subject: promo.id,
        body: withInstants(promo),
        location: `/api/v1/promo-codes/${promo.id}`,
      };
    });
  }

  /** @throws PROMO_NOT_FOUND */
  async one(caller: Caller, promoCodeId: string): Promise<PromoCodeBody> {
    return this.database.transaction({ tenantId: caller.principal.tenantId }, async (tx) =>
      withInstants(await this.catalog.get(tx, promoCodeId)),
    );
  }

  async list(
    caller: Caller,
    query: {
      readonly limit: number;
      readonly cursor?: string | undefined;
      readonly code?: string | undefined;
    },
  ): Promise<Page<PromoCodeBody>> {
    const { tenantId } = caller.principal;
    const { limit, cursor, code = null } = query;
    const context = `promo-codes:${tenantId}:${canonicalJson({ code })}`;
    const [before] = cursor === undefined ? [] : decodeCursor(this.secrets, context, cursor);
    const beforeId = before === undefined ? null : String(before);
    const rows = await this.database.transaction({ tenantId }, (tx) =>
      this.catalog.list(tx, { code, beforeId, limit: limit + 1 }),
    );
    return pageOf(rows, limit, withInstants<PromoCodeRecord>, (row) =>
      encodeCursor(this.secrets, context, [row.id]),
    );
  }

  /** Ends a code for new orders; one that has ended stays as it is. @throws PROMO_NOT_FOUND */
  async end(
    caller: Caller<UserPrincipal>,
    promoCodeId: string,
    reason: string,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const intention = { action: 'promo_code.ended', reason };
    return this.changes.run(caller, idempotency, intention, async (tx) => {
      await this.catalog.get(tx, promoCodeId, { lock: true });
      await this.catalog.end(tx, promoCodeId);
      const ended = await this.catalog.get(tx, promoCodeId);
      return { status: 200, subject: promoCodeId, body: withInstants(ended) };
    });
  }
}

function newPromoCode(asked: PromoCodeAsked, createdBy: string): NewPromoCode {
  return {
    code: asked.code,
    kind: asked.kind,
    percentBps: asked.percentBps ?? null,
    amountCents: asked.amountCents ?? null,
    currency: asked.currency ?? null,
    eventId: asked.eventId ?? null,
    minimumSubtotalCents: asked.minimumSubtotalCents ?? 0,
    maxRedemptions: asked.maxRedemptions ?? null,
    maxRedemptionsPerBuyer: asked.maxRedemptionsPerBuyer ?? null,
    startsAt: asked.startsAt === undefined ? null : new Date(asked.startsAt),
    endsAt: asked.endsAt === undefined ? null : new Date(asked.endsAt),
    createdBy,
    reason: asked.reason,
  };
}

/** @throws VALIDATION_FAILED naming the member that contradicts the others */
function assertTerms(asked: PromoCodeAsked): void {
  const isPercentage = asked.kind === 'percentage';
  if (isPercentage !== (asked.percentBps !== undefined))
    throw invalid('/percentBps', 'kind', 'percentBps belongs to kind percentage, and only there.');
  if (isPercentage === (asked.amountCents !== undefined))
    throw invalid('/amountCents', 'kind', 'amountCents belongs to kind fixed, and only there.');
  const needsCurrency = !isPercentage || (asked.minimumSubtotalCents ?? 0) > 0;
  if (needsCurrency && asked.currency === undefined)
    throw invalid('/currency', 'missing', 'An amount needs the currency it is in.');
  if (asked.currency !== undefined && !isCurrency(asked.currency))
    throw invalid('/currency', 'currency', 'currency must be an ISO 4217 code.');
  if (
    asked.startsAt !== undefined &&
    asked.endsAt !== undefined &&
    new Date(asked.endsAt) <= new Date(asked.startsAt)
  )
    throw invalid('/endsAt', 'window', 'endsAt must be later than startsAt.');
}
