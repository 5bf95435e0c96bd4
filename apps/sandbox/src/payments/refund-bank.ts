import { CLOCK, type Clock } from '@app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { PendingWork } from '../pending-work.js';
import { Settings } from '../settings.js';
import type { Refund } from './intent-rows.js';
import { PaymentBook } from './payment-book.js';
import { PaymentNotices } from './payment-notices.js';
import { RefundBook, type BankTerms } from './refund-book.js';

/** Pays refunds back after a while, as the settings say. */
@Injectable()
export class RefundBank {
  constructor(
    private readonly refunds: RefundBook,
    private readonly intents: PaymentBook,
    private readonly notices: PaymentNotices,
    private readonly settings: Settings,
    private readonly pending: PendingWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What applies to a refund that is asked for now. */
  terms(): BankTerms {
    const { min, max } = this.settings.refundDelayMs;
    const delayMs = min + Math.random() * (max - min);
    return {
      balanceShort: this.settings.balanceShort,
      willSucceed: this.settings.refundOutcome === 'succeed',
      settlesAt: new Date(this.clock.now().getTime() + delayMs).toISOString(),
    };
  }

  /** Settles the refund when its time comes, at once when that is now; answers the refund as it stands. */
  take(refund: Refund): Refund {
    const delayMs = Date.parse(refund.settlesAt) - this.clock.now().getTime();
    if (delayMs <= 0) return this.settle(refund.refundId) ?? refund;
    this.pending.after(delayMs, () => void this.settle(refund.refundId));
    return refund;
  }

  /** Takes up the refunds that an earlier sandbox left pending. */
  resume(): void {
    for (const refund of this.refunds.pending()) this.take(refund);
  }

  private settle(refundId: string): Refund | undefined {
    const settled = this.refunds.settle(refundId);
    if (settled === undefined) return undefined;
    if (settled.status === 'succeeded')
      this.intents.noteRefunded(settled.paymentIntentId, settled.amountCents);
    this.notices.refundSettled(settled);
    return settled;
  }
}
