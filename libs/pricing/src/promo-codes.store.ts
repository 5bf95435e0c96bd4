import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import type { Transaction } from '@app/platform';
import { promoCodeKey, type PromoCode } from './promo-rules.js';

interface PromoRow {
  readonly id: string;
  readonly code: string;
  readonly kind: 'percentage' | 'fixed';
  readonly percent_bps: number | null;
  readonly amount_cents: number | null;
  readonly currency: string | null;
  readonly event_id: string | null;
  readonly minimum_subtotal_cents: number;
  readonly max_redemptions: number | null;
  readonly max_redemptions_per_buyer: number | null;
  readonly redemptions: number;
  readonly starts_at: Date | null;
  readonly ends_at: Date | null;
  readonly ended_at: Date | null;
  readonly buyer_redemptions: number;
}

export interface PromoUse {
  readonly promo: PromoCode;
  readonly redemptions: number;
  readonly buyerRedemptions: number;
}

/** Promo codes and who used them. */
@Injectable()
export class PromoCodesStore {
  /** The code as it can be used now, with its counts; null when the tenant has no such code. */
  async find(tx: Transaction, code: string, userId: string): Promise<PromoUse | null> {
    const [row] = await tx.query<PromoRow>(
      `select p.id, p.code, p.kind, p.percent_bps, p.amount_cents, p.currency, p.event_id, p.minimum_subtotal_cents,
              p.max_redemptions, p.max_redemptions_per_buyer, p.redemptions, p.starts_at, p.ends_at, p.ended_at,
              (select count(*)::int from promo_redemptions r
                where r.tenant_id = p.tenant_id and r.promo_code_id = p.id and r.user_id = $3 and r.given_back_at is null) as buyer_redemptions
         from promo_codes p
        where p.tenant_id = $1 and p.code = $2
        order by p.ended_at desc nulls first
        limit 1`,
      [tx.tenant(), promoCodeKey(code), userId],
    );
    return row === undefined
      ? null
      : { promo: promoCode(row), redemptions: row.redemptions, buyerRedemptions: row.buyer_redemptions };
  }

  /**
   * Counts one use, atomically: the row lock of the code decides between buyers who came at the same instant.
   * @throws PROMO_EXHAUSTED when the last use went to somebody else, or this buyer has used it up
   */
  async redeem(
    tx: Transaction,
    use: { readonly promoCodeId: string; readonly orderId: string; readonly userId: string },
  ): Promise<void> {
    const [promo] = await tx.query<{ max_redemptions_per_buyer: number | null }>(
      `update promo_codes
          set redemptions = redemptions + 1
        where tenant_id = $1 and id = $2 and ended_at is null and (max_redemptions is null or redemptions < max_redemptions)
       returning max_redemptions_per_buyer`,
      [tx.tenant(), use.promoCodeId],
    );
    if (promo === undefined) throw new AppError('PROMO_EXHAUSTED');
    // Under the row lock just taken, so two orders of one buyer cannot both count to one below the limit.
    const { used } = await tx.one<{ used: number }>(
      `select count(*)::int as used from promo_redemptions
        where tenant_id = $1 and promo_code_id = $2 and user_id = $3 and given_back_at is null`,
      [tx.tenant(), use.promoCodeId, use.userId],
    );
    if (promo.max_redemptions_per_buyer !== null && used >= promo.max_redemptions_per_buyer)
      throw new AppError('PROMO_EXHAUSTED');
  }

  /** Takes the uses of an order that ended EXPIRED back in; repeating it gives nothing back twice. */
  async giveBack(tx: Transaction, orderId: string): Promise<void> {
    await tx.execute(
      `with given_back as (
         update promo_redemptions set given_back_at = now()
          where tenant_id = $1 and order_id = $2 and given_back_at is null
         returning promo_code_id
       )
       update promo_codes p set redemptions = p.redemptions - 1
         from given_back g
        where p.tenant_id = $1 and p.id = g.promo_code_id`,
      [tx.tenant(), orderId],
    );
  }

  /**
   * Counts the uses of an order again that had given them back: a late payment brings it back to life.
   * @returns false when a code is used up meanwhile; then nothing was counted
   */
  async takeAgain(tx: Transaction, orderId: string): Promise<boolean> {
    const returned = await tx.query<{ promo_code_id: string }>(
      `select promo_code_id from promo_redemptions
        where tenant_id = $1 and order_id = $2 and given_back_at is not null
        order by promo_code_id`,
      [tx.tenant(), orderId],
    );
    for (const { promo_code_id: promoCodeId } of returned) {
      const counted = await tx.execute(
        `update promo_codes set redemptions = redemptions + 1
          where tenant_id = $1 and id = $2 and (max_redemptions is null or redemptions < max_redemptions)`,
        [tx.tenant(), promoCodeId],
      );
      if (counted !== 1) return false;
      await tx.execute(
        `update promo_redemptions set given_back_at = null where tenant_id = $1 and order_id = $2 and promo_code_id = $3`,
        [tx.tenant(), orderId, promoCodeId],
      );
    }
    return true;
  }
}

function promoCode(row: PromoRow): PromoCode {
  const terms = {
    id: row.id,
    code: row.code,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    minimumSubtotalCents: row.minimum_subtotal_cents,
    eventId: row.event_id,
    maxRedemptions: row.max_redemptions,
    maxRedemptionsPerBuyer: row.max_redemptions_per_buyer,
    endedAt: row.ended_at,
  };
  if (row.kind === 'percentage' && row.percent_bps !== null) {
    return { ...terms, kind: 'percentage', percentBps: row.percent_bps, currency: row.currency };
  }
  if (row.kind === 'fixed' && row.amount_cents !== null && row.currency !== null) {
    return { ...terms, kind: 'fixed', amountCents: row.amount_cents, currency: row.currency };
  }
  throw new Error(`Promo code ${row.id} contradicts its own constraint.`);
}
