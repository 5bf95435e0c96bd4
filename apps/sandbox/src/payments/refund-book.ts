import { z } from 'zod';
import type { Changes } from '../state/changes.js';
import type { StatePart } from '../state/state-part.js';
import { refundRow, type Intent, type Refund } from './intent-rows.js';

export interface RefundWish {
  readonly refundId: string;
  readonly amountCents: number;
  readonly reason: string;
  readonly fingerprint: string;
}

/** How the bank will behave towards a refund asked for now. */
export interface BankTerms {
  readonly balanceShort: boolean;
  readonly willSucceed: boolean;
  readonly settlesAt: string;
}

export type RefundResult =
  | { readonly kind: 'accepted'; readonly replayed: boolean; readonly refund: Refund }
  | { readonly kind: 'reused' }
  | { readonly kind: 'refused'; readonly code: 'EXCEEDS_CAPTURED' | 'INSUFFICIENT_BALANCE' };

/** Money on its way back. A refund id is remembered for ever. */
export class RefundBook implements StatePart {
  readonly partName = 'refunds';
  private readonly refunds = new Map<string, Refund>();
  private readonly idsByIntent = new Map<string, string[]>();

  constructor(private readonly changes: Changes) {}

  /** Pending and succeeded refunds of an intent never exceed what was received on it. */
  ask(wish: RefundWish, intent: Intent, bank: BankTerms): RefundResult {
    const known = this.refunds.get(wish.refundId);
    if (known !== undefined) {
      const isSame = known.fingerprint === wish.fingerprint && known.tenantId === intent.tenantId;
      return isSame ? { kind: 'accepted', replayed: true, refund: known } : { kind: 'reused' };
    }
    if (wish.amountCents > intent.amountReceivedCents - this.claimedCents(intent.paymentIntentId)) {
      return { kind: 'refused', code: 'EXCEEDS_CAPTURED' };
    }
    if (bank.balanceShort) return { kind: 'refused', code: 'INSUFFICIENT_BALANCE' };
    const refund: Refund = {
      ...wish,
      tenantId: intent.tenantId,
      paymentIntentId: intent.paymentIntentId,
      orderId: intent.orderId,
      currency: intent.currency,
      status: 'pending',
      willSucceed: bank.willSucceed,
      settlesAt: bank.settlesAt,
    };
    this.add(refund);
    this.changes.mark();
    return { kind: 'accepted', replayed: false, refund };
  }

  /** The refund as it ended; undefined when it is not pending (any more). */
  settle(refundId: string): Refund | undefined {
    const refund = this.refunds.get(refundId);
    if (refund?.status !== 'pending') return undefined;
    const settled: Refund = refund.willSucceed
      ? { ...refund, status: 'succeeded' }
      : { ...refund, status: 'failed', failureCode: 'declined' };
    this.refunds.set(refundId, settled);
    this.changes.mark();
    return settled;
  }

  find(refundId: string): Refund | undefined {
    return this.refunds.get(refundId);
  }

  pending(): readonly Refund[] {
    return [...this.refunds.values()].filter((refund) => refund.status === 'pending');
  }

  /** Of one order, or all of them. */
  list(orderId?: string): readonly Refund[] {
    const refunds = [...this.refunds.values()];
    return orderId === undefined ? refunds : refunds.filter((refund) => refund.orderId === orderId);
  }

  dump(): unknown {
    return [...this.refunds.values()];
  }

  restore(saved: unknown): void {
    this.clear();
    for (const refund of z.array(refundRow).parse(saved)) this.add(refund);
  }

  clear(): void {
    this.refunds.clear();
    this.idsByIntent.clear();
  }

  private claimedCents(paymentIntentId: string): number {
    let claimed = 0;
    for (const id of this.idsByIntent.get(paymentIntentId) ?? []) {
      const refund = this.refunds.get(id);
      if (refund !== undefined && refund.status !== 'failed') claimed += refund.amountCents;
    }
    return claimed;
  }

  private add(refund: Refund): void {
    this.refunds.set(refund.refundId, refund);
    const ids = this.idsByIntent.get(refund.paymentIntentId);
    if (ids === undefined) this.idsByIntent.set(refund.paymentIntentId, [refund.refundId]);
    else ids.push(refund.refundId);
  }
}
