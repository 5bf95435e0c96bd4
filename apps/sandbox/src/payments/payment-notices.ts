import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ANNOUNCER, type Announcer } from '../announcements/announcer.js';
import { PendingWork } from '../pending-work.js';
import type { Intent, Refund } from './intent-rows.js';
import type { DisputeBody, PayBody } from './payments.schemas.js';

const DECLINED = 'card_declined';
const TIMES = { never: 0, once: 1, twice: 2 } as const satisfies Record<PayBody['notify'], number>;

export interface Manner {
  readonly notify: PayBody['notify'];
  readonly delayMs: number;
}

const AT_ONCE: Manner = { notify: 'once', delayMs: 0 };

/** What payment-service tells the platform. A message told twice is the same message. */
@Injectable()
export class PaymentNotices {
  constructor(
    @Inject(ANNOUNCER) private readonly announcer: Announcer,
    private readonly pending: PendingWork,
  ) {}

  paid(intent: Intent, manner: Manner = AT_ONCE): void {
    this.tell(manner, {
      name: intent.paymentIntentId,
      pattern: 'payment.succeeded',
      payload: { ...facts(intent), amountCents: intent.amountReceivedCents },
    });
  }

  declined(intent: Intent, manner: Manner): void {
    this.tell(manner, {
      // Every decline is a happening of its own; the change number tells them apart.
      name: `${intent.paymentIntentId}:${intent.changeNumber}`,
      pattern: 'payment.failed',
      payload: { ...facts(intent), reason: DECLINED },
    });
  }

  refundSettled(refund: Refund): void {
    const { refundId, paymentIntentId, orderId, tenantId, amountCents, currency, failureCode } = refund;
    this.tell(AT_ONCE, {
      name: refundId,
      pattern: refund.status === 'succeeded' ? 'payment.refund.succeeded' : 'payment.refund.failed',
      payload: {
        refundId,
        paymentIntentId,
        orderId,
        tenantId,
        amountCents,
        currency,
        ...(failureCode === undefined ? {} : { failureCode }),
      },
    });
  }

  disputed(intent: Intent, dispute: DisputeBody): void {
    const isOpening = dispute.action === 'open';
    this.tell(AT_ONCE, {
      // A payment can be disputed again after a dispute was closed.
      name: randomUUID(),
      pattern: isOpening ? 'payment.dispute.opened' : 'payment.dispute.closed',
      payload: {
        ...facts(intent),
        amountCents: intent.amountReceivedCents,
        ...(isOpening ? {} : { outcome: dispute.outcome }),
      },
    });
  }

  private tell({ notify, delayMs }: Manner, announcement: Parameters<Announcer['announce']>[0]): void {
    const tellAll = (): void => {
      for (let told = 0; told < TIMES[notify]; told += 1) this.announcer.announce(announcement);
    };
    if (delayMs > 0) this.pending.after(delayMs, tellAll);
    else tellAll();
  }
}

function facts(intent: Intent): {
  readonly paymentIntentId: string;
  readonly orderId: string;
  readonly tenantId: string;
  readonly amountCents: number;
  readonly currency: string;
} {
  const { paymentIntentId, orderId, tenantId, amountCents, currency } = intent;
  return { paymentIntentId, orderId, tenantId, amountCents, currency };
}
