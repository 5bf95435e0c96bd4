import { Injectable } from '@nestjs/common';
import { Metrics } from '@app/platform';
import type { Order } from '../domain/order.js';

/** Counts what happened to orders, after the commit that made it true. */
@Injectable()
export class OrderMetrics {
  constructor(private readonly metrics: Metrics) {}

  /** @param durationMs from the request to the commit */
  created(order: Order, durationMs: number): void {
    this.metrics.increment('orders_created_total', { currency: order.currency });
    this.metrics.increment('idempotency_requests_total', { result: 'new' });
    this.metrics.observe('order_creation_duration_seconds', durationMs / 1_000);
    this.metrics.observe('order_amount_cents', order.totalCents, { currency: order.currency });
  }

  moved(previous: Order, next: Order): void {
    this.metrics.increment('order_state_transitions_total', { from: previous.status, to: next.status });
    if (next.status === 'EXPIRED') this.metrics.increment('orders_expired_total');
    if (next.status === 'CANCELLED')
      this.metrics.increment('orders_cancelled_total', { cause: cancelCause(previous) });
    if (next.status === 'REFUNDED') this.metrics.increment('orders_refunded_total', { kind: 'full' });
  }

  partiallyRefunded(): void {
    this.metrics.increment('orders_refunded_total', { kind: 'partial' });
  }

  latePayment(outcome: string): void {
    this.metrics.increment('late_payments_total', { outcome });
  }

  effectParked(kind: string): void {
    this.metrics.increment('effects_dead_total', { kind });
  }
}

/** Few values, so that the label stays small: which kind of order was lost. */
function cancelCause(previous: Order): string {
  return previous.status === 'CONFIRMED' ? 'paid' : previous.status.toLowerCase();
}
