import { Injectable } from '@nestjs/common';
import { PaymentServiceClient, type PaymentIntent } from '@app/payments';
import type { CallContext, Outcome } from '@app/platform';
import { TicketServiceClient } from '@app/tickets';
import type { HoldContext } from './advance-context.js';
import { effectKey, type Effect, type EffectOf } from './catalog.js';
import { TicketHolds } from './ticket-holds.js';

/**
 * What a stand-alone effect came to, in the terms of its kind.
 * `again`: not known yet; same key and bytes later · `broken`: the sibling says our request contradicts an earlier one
 */
export type EffectResult =
  | { readonly kind: 'held' }
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'issued';
      readonly tickets: readonly { readonly id: string; readonly ticketTypeId: string }[];
    }
  | { readonly kind: 'released' }
  | { readonly kind: 'ticket-used' }
  | { readonly kind: 'intent-dead' }
  | { readonly kind: 'intent-paid'; readonly intent: PaymentIntent }
  | { readonly kind: 'refunded' }
  | { readonly kind: 'refund-pending' }
  | { readonly kind: 'refund-failed'; readonly failureCode: string }
  | { readonly kind: 'balance-short' }
  | { readonly kind: 'again'; readonly reason: string; readonly finding?: string }
  | { readonly kind: 'broken'; readonly code: string };

/** Makes the call of one effect; it decides nothing and writes nothing. */
@Injectable()
export class RunEffect {
  constructor(
    private readonly tickets: TicketServiceClient,
    private readonly payments: PaymentServiceClient,
    private readonly holds: TicketHolds,
  ) {}

  async run(effect: Effect, context: HoldContext): Promise<EffectResult> {
    switch (effect.kind) {
      case 'tickets.reserve':
        return this.reserve(effect, context);
      case 'tickets.confirm':
        return this.confirm(effect, context);
      case 'tickets.release':
        return this.release(effect, context);
      case 'payments.cancel':
        return this.cancelIntent(effect, context);
      case 'payments.refund':
        return this.refund(effect, context);
      case 'payments.open':
        // Opened by the operation that needs its answer, never alone.
        return { kind: 'broken', code: 'NOT_STAND_ALONE' };
    }
  }

  private async reserve(effect: EffectOf<'tickets.reserve'>, context: HoldContext): Promise<EffectResult> {
    const outcome = await this.holds.hold(effect.request, effect.key, context);
    switch (outcome.kind) {
      case 'held':
        return { kind: 'held' };
      case 'insufficient':
      case 'released':
        return { kind: 'gone' };
      case 'key-reused':
        return { kind: 'broken', code: 'KEY_REUSED' };
      default:
        return { kind: 'again', reason: outcome.reason };
    }
  }

  private async confirm(effect: EffectOf<'tickets.confirm'>, context: CallContext): Promise<EffectResult> {
    const outcome = await this.tickets.confirm(effect.request, effect.key, context);
    if (outcome.kind === 'done') return { kind: 'issued', tickets: outcome.body.tickets };
    if (outcome.kind !== 'refused') return again(outcome);
    return outcome.code === 'HOLD_GONE' ? { kind: 'gone' } : { kind: 'broken', code: outcome.code };
  }

  private async release(effect: EffectOf<'tickets.release'>, context: CallContext): Promise<EffectResult> {
    const outcome = await this.tickets.release(effect.request.release, effect.key, context);
    if (outcome.kind === 'done') return { kind: 'released' };
    if (outcome.kind !== 'refused') return again(outcome);
    return outcome.code === 'TICKET_USED' ? { kind: 'ticket-used' } : { kind: 'broken', code: outcome.code };
  }

  private async cancelIntent(
    effect: EffectOf<'payments.cancel'>,
    context: CallContext,
  ): Promise<EffectResult> {
    const paymentIntentId = effect.request.paymentIntentId ?? (await this.learnIntentId(effect, context));
    if (typeof paymentIntentId !== 'string') return paymentIntentId;
    const outcome = await this.payments.cancelIntent({ paymentIntentId }, effect.key, context);
    if (outcome.kind === 'done') return { kind: 'intent-dead' };
    if (outcome.kind !== 'refused') return again(outcome);
    if (outcome.code === 'INTENT_NOT_FOUND') return { kind: 'intent-dead' };
    if (outcome.code === 'ALREADY_SUCCEEDED') return this.readPaidIntent(paymentIntentId, context);
    return outcome.code === 'PROCESSING'
      ? { kind: 'again', reason: 'processing' }
      : { kind: 'broken', code: outcome.code };
  }

  private async readPaidIntent(paymentIntentId: string, context: CallContext): Promise<EffectResult> {
    const outcome = await this.payments.getIntent(paymentIntentId, context);
    if (outcome.kind === 'done' && outcome.body.status === 'succeeded') {
      return { kind: 'intent-paid', intent: outcome.body };
    }
    return { kind: 'again', reason: 'payment-service contradicts itself about a paid intent' };
  }

  /** Posting again with the same key learns the intent that was opened, or opens the one that we then cancel. */
  private async learnIntentId(
    effect: EffectOf<'payments.cancel'>,
    context: CallContext,
  ): Promise<string | EffectResult> {
    const { open } = effect.request;
    const outcome = await this.payments.openIntent(
      open,
      effectKey('payments.open', open.orderId, open.generation),
      context,
    );
    if (outcome.kind === 'done') return outcome.body.paymentIntentId;
    if (outcome.kind !== 'refused') return again(outcome);
    // Refused means that there is no intent and never was.
    return outcome.code === 'KEY_REUSED' ? { kind: 'broken', code: outcome.code } : { kind: 'intent-dead' };
  }

  private async refund(effect: EffectOf<'payments.refund'>, context: CallContext): Promise<EffectResult> {
    const isPolling = effect.outcome?.['status'] === 'pending';
    const outcome = isPolling
      ? await this.payments.getRefund(effect.request.refundId, context)
      : await this.payments.refund(effect.request, effect.key, context);
    if (outcome.kind === 'done') {
      if (outcome.body.status === 'succeeded') return { kind: 'refunded' };
      if (outcome.body.status === 'pending') return { kind: 'refund-pending' };
      return { kind: 'refund-failed', failureCode: outcome.body.failureCode ?? 'UNKNOWN' };
    }
    if (outcome.kind !== 'refused') return again(outcome);
    return outcome.code === 'INSUFFICIENT_BALANCE'
      ? { kind: 'balance-short' }
      : { kind: 'broken', code: outcome.code };
  }
}

function again(outcome: Extract<Outcome<unknown>, { kind: 'not-sent' | 'unknown' }>): EffectResult {
  return {
    kind: 'again',
    reason: outcome.reason,
    ...(outcome.kind === 'unknown' && outcome.finding !== undefined ? { finding: outcome.finding } : {}),
  };
}
