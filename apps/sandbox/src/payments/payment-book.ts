import { randomBytes } from 'node:crypto';
import { isCurrency, uuidv7, type Clock } from '@app/kernel';
import { z } from 'zod';
import { ChangedRows } from '../state/changed-rows.js';
import type { Changes } from '../state/changes.js';
import type { StatePart } from '../state/state-part.js';
import { intentRow, type Intent } from './intent-rows.js';

export const AMOUNT_MIN_CENTS = 1;
/** Twelve digits, the most that card networks carry. */
export const AMOUNT_MAX_CENTS = 999_999_999_999;

export interface IntentWish {
  readonly tenantId: string;
  readonly orderId: string;
  readonly generation: number;
  readonly userId: string;
  readonly amountCents: number;
  readonly currency: string;
}

export type OpenResult =
  | { readonly kind: 'opened'; readonly intent: Intent }
  | { readonly kind: 'refused'; readonly code: 'AMOUNT_NOT_ALLOWED' | 'CURRENCY_NOT_SUPPORTED' };

export const PAY_OUTCOMES = ['succeed', 'fail', 'processing'] as const;
export type PayOutcome = (typeof PAY_OUTCOMES)[number];

export type PayResult =
  | { readonly kind: 'succeeded' | 'already-succeeded' | 'declined' | 'processing'; readonly intent: Intent }
  | { readonly kind: 'refused'; readonly code: 'CANCELED' | 'ALREADY_SUCCEEDED'; readonly intent: Intent };

export type CancelResult =
  | { readonly kind: 'canceled'; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly code: 'ALREADY_SUCCEEDED' | 'PROCESSING' };

/** Which intents there are and what was paid on them. */
export class PaymentBook implements StatePart {
  readonly partName = 'intents';
  private readonly intents = new ChangedRows<Intent>();
  private readonly idsByOrder = new Map<string, string[]>();

  constructor(
    private readonly clock: Clock,
    private readonly changes: Changes,
  ) {}

  open(wish: IntentWish): OpenResult {
    if (wish.amountCents < AMOUNT_MIN_CENTS || wish.amountCents > AMOUNT_MAX_CENTS) {
      return { kind: 'refused', code: 'AMOUNT_NOT_ALLOWED' };
    }
    if (!isCurrency(wish.currency)) return { kind: 'refused', code: 'CURRENCY_NOT_SUPPORTED' };
    const paymentIntentId = uuidv7();
    const intent = this.put({
      ...wish,
      paymentIntentId,
      status: 'requires_payment_method',
      amountReceivedCents: 0,
      refundedCents: 0,
      clientSecret: `${paymentIntentId}_secret_${randomBytes(18).toString('base64url')}`,
    });
    this.index(intent);
    return { kind: 'opened', intent };
  }

  find(paymentIntentId: string): Intent | undefined {
    return this.intents.get(paymentIntentId);
  }

  /** Of one order, or all of them. */
  list(orderId?: string): readonly Intent[] {
    if (orderId === undefined) return [...this.intents.values()];
    return (this.idsByOrder.get(orderId) ?? []).flatMap((id) => this.intents.get(id) ?? []);
  }

  /** A page of the intents in the order they changed; of all tenants when `tenantId` is null. */
  page(query: {
    readonly tenantId: string | null;
    readonly orderId?: string | undefined;
    readonly updatedSince?: string | undefined;
    readonly cursor?: number | undefined;
    readonly limit: number;
  }): { readonly rows: readonly Intent[]; readonly nextCursor: string | null } {
    return this.intents.page({
      ...query,
      fits: (intent) =>
        (query.tenantId === null || intent.tenantId === query.tenantId) &&
        (query.orderId === undefined || intent.orderId === query.orderId),
    });
  }

  /**
   * Plays the buyer's attempt to pay. Money is received at most once: paying a paid intent changes nothing.
   * @param receivedCents what arrives, when it is not the amount of the intent
   */
  pay(intent: Intent, outcome: PayOutcome, receivedCents: number = intent.amountCents): PayResult {
    if (intent.status === 'canceled') return { kind: 'refused', code: 'CANCELED', intent };
    if (intent.status === 'succeeded') {
      if (outcome === 'succeed') return { kind: 'already-succeeded', intent };
      return { kind: 'refused', code: 'ALREADY_SUCCEEDED', intent };
    }
    switch (outcome) {
      case 'succeed':
        return {
          kind: 'succeeded',
          intent: this.put({ ...intent, status: 'succeeded', amountReceivedCents: receivedCents }),
        };
      case 'fail':
        return { kind: 'declined', intent: this.put({ ...intent, status: 'requires_payment_method' }) };
      case 'processing':
        return { kind: 'processing', intent: this.put({ ...intent, status: 'processing' }) };
    }
  }

  /** Makes sure that the intent can never be paid. */
  cancel(intent: Intent): CancelResult {
    if (intent.status === 'succeeded') return { kind: 'refused', code: 'ALREADY_SUCCEEDED' };
    if (intent.status === 'processing') return { kind: 'refused', code: 'PROCESSING' };
    if (intent.status === 'canceled') return { kind: 'canceled', replayed: true };
    this.put({ ...intent, status: 'canceled' });
    return { kind: 'canceled', replayed: false };
  }

  noteRefunded(paymentIntentId: string, amountCents: number): void {
    const intent = this.intents.get(paymentIntentId);
    if (intent !== undefined) this.put({ ...intent, refundedCents: intent.refundedCents + amountCents });
  }

  dump(): unknown {
    return [...this.intents.values()];
  }

  restore(saved: unknown): void {
    this.clear();
    for (const intent of z.array(intentRow).parse(saved)) {
      this.intents.put(intent.paymentIntentId, intent);
      this.index(intent);
    }
  }

  clear(): void {
    this.intents.clear();
    this.idsByOrder.clear();
  }

  private index(intent: Intent): void {
    const ids = this.idsByOrder.get(intent.orderId);
    if (ids === undefined) this.idsByOrder.set(intent.orderId, [intent.paymentIntentId]);
    else ids.push(intent.paymentIntentId);
  }

  private put(state: Omit<Intent, 'updatedAt' | 'changeNumber'>): Intent {
    const intent: Intent = {
      ...state,
      updatedAt: this.clock.now().toISOString(),
      changeNumber: this.intents.nextChangeNumber(),
    };
    this.intents.put(intent.paymentIntentId, intent);
    this.changes.mark();
    return intent;
  }
}
