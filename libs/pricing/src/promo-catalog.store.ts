import { Injectable } from '@nestjs/common';
import { AppError, uuidv7 } from '@app/kernel';
import type { Transaction } from '@app/platform';
import { promoCodeKey } from './promo-rules.js';

/** A promo code as its makers see it. */
export interface PromoCodeRecord {
  readonly id: string;
  readonly code: string;
  readonly kind: 'percentage' | 'fixed';
  readonly percentBps: number | null;
  readonly amountCents: number | null;
  readonly currency: string | null;
  readonly eventId: string | null;
  readonly minimumSubtotalCents: number;
  readonly maxRedemptions: number | null;
  readonly maxRedemptionsPerBuyer: number | null;
  /** Uses that count: those of orders that ended EXPIRED or CANCELLED are given back. */
  readonly redemptions: number;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly endedAt: Date | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly reason: string;
}

export type NewPromoCode = Omit<PromoCodeRecord, 'id' | 'redemptions' | 'endedAt' | 'createdAt'>;

const PROMO_FIELDS = `id, code, kind, percent_bps as "percentBps", amount_cents as "amountCents", currency, event_id as "eventId",
  minimum_subtotal_cents as "minimumSubtotalCents", max_redemptions as "maxRedemptions",
  max_redemptions_per_buyer as "maxRedemptionsPerBuyer", redemptions, starts_at as "startsAt", ends_at as "endsAt",
  ended_at as "endedAt", created_at as "createdAt", created_by as "createdBy", reason`;

/** Promo codes as a resource: made, read, ended; never edited, because orders refer to them. */
@Injectable()
export class PromoCatalogStore {
  /** @throws PROMO_CODE_TAKEN while a code that reads the same, in whatever case, has not been ended */
  async insert(tx: Transaction, promo: NewPromoCode): Promise<PromoCodeRecord> {
    const code = promoCodeKey(promo.code);
    const [written] = await tx.query<PromoCodeRecord>(
      `insert into promo_codes (tenant_id, id, code, kind, percent_bps, amount_cents, currency, event_id, minimum_subtotal_cents,
         max_redemptions, max_redemptions_per_buyer, starts_at, ends_at, created_at, created_by, reason)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now(), $14, $15)
       on conflict (tenant_id, code) where ended_at is null do nothing
       returning ${PROMO_FIELDS}`,
      [
        tx.tenant(),
        uuidv7(tx.now.getTime()),
        code,
        promo.kind,
        promo.percentBps,
        promo.amountCents,
        promo.currency,
        promo.eventId,
        promo.minimumSubtotalCents,
        promo.maxRedemptions,
        promo.maxRedemptionsPerBuyer,
        promo.startsAt,
        promo.endsAt,
        promo.createdBy,
        promo.reason,
      ],
    );
    if (written === undefined) throw new AppError('PROMO_CODE_TAKEN', { promoCode: code });
    return written;
  }

  /** @throws PROMO_NOT_FOUND */
  async get(
    tx: Transaction,
    promoCodeId: string,
    options: { readonly lock?: boolean } = {},
  ): Promise<PromoCodeRecord> {
    const [promo] = await tx.query<PromoCodeRecord>(
      `select ${PROMO_FIELDS} from promo_codes where tenant_id = $1 and id = $2${options.lock === true ? ' for update' : ''}`,
      [tx.tenant(), promoCodeId],
    );
    if (promo === undefined) throw new AppError('PROMO_NOT_FOUND');
    return promo;
  }

  /** Newest first: ids are made of the time. */
  async list(
    tx: Transaction,
    page: { readonly code: string | null; readonly beforeId: string | null; readonly limit: number },
  ): Promise<readonly PromoCodeRecord[]> {
    return tx.query<PromoCodeRecord>(
      `select ${PROMO_FIELDS} from promo_codes
        where tenant_id = $1 and ($2::text is null or code = $2) and ($3::uuid is null or id < $3)
        order by id desc limit $4`,
      [tx.tenant(), page.code === null ? null : promoCodeKey(page.code), page.beforeId, page.limit],
    );
  }

  /** Ends a code from now on; orders that have its discount keep it. */
  async end(tx: Transaction, promoCodeId: string): Promise<void> {
    await tx.execute(
      `update promo_codes set ended_at = now() where tenant_id = $1 and id = $2 and ended_at is null`,
      [tx.tenant(), promoCodeId],
    );
  }
}
