import { Module } from '@nestjs/common';
import { LockingModule } from '@app/locking';
import { PaymentsModule } from '@app/payments';
import { IdempotencyStore, InboxModule, SecretBox, UpstreamModule } from '@app/platform';
import { PricingModule } from '@app/pricing';
import { TicketsModule } from '@app/tickets';
import { ADMINISTRATION_PROVIDERS } from './administration/providers.js';
import { BULK_PROVIDERS } from './bulk/providers.js';
import { AdvanceFence } from './effects/advance-fence.js';
import { AdvanceOperation } from './effects/advance-operation.js';
import { AdvanceRecovering } from './effects/advance-recovering.js';
import { AdvanceReserving } from './effects/advance-reserving.js';
import { BeginFence } from './effects/begin-fence.js';
import { Paybacks } from './effects/paybacks.js';
import { ReservationTimes } from './effects/reservation-times.js';
import { RunEffect } from './effects/run-effect.js';
import { SettleEffect } from './effects/settle-effect.js';
import { SettlePayment } from './effects/settle-payment.js';
import { PaymentRecords } from './effects/payment-records.js';
import { BeginRecovery } from './effects/begin-recovery.js';
import { SettleTickets } from './effects/settle-tickets.js';
import { SettleRefund } from './effects/settle-refund.js';
import { TicketHolds } from './effects/ticket-holds.js';
import { OrderWorker } from './effects/worker.js';
import { OutboxStore } from './events/outbox.store.js';
import { AuditLogStore } from './persistence/audit-log.store.js';
import { AuditStore } from './persistence/audit.store.js';
import { CreateOrderStore } from './persistence/create-order.store.js';
import { EffectRecordsStore } from './persistence/effect-records.store.js';
import { EffectsStore } from './persistence/effects.store.js';
import { FindingsStore } from './persistence/findings.store.js';
import { LatePaymentsStore } from './persistence/late-payments.store.js';
import { OperationsStore } from './persistence/operations.store.js';
import { OrderMetrics } from './persistence/order-metrics.js';
import { OrderStores } from './persistence/order-stores.js';
import { OrdersStore } from './persistence/orders.store.js';
import { PaymentsStore } from './persistence/payments.store.js';
import { PurchaseLimitsStore } from './persistence/purchase-limits.store.js';
import { RefundsStore } from './persistence/refunds.store.js';
import { TicketsStore } from './persistence/tickets.store.js';
import { CancelOrder } from './use-cases/cancel-order.js';
import { ConfirmByMessage } from './use-cases/confirm-by-message.js';
import { ConfirmOrder } from './use-cases/confirm-order.js';
import { CreateOrder } from './use-cases/create-order.js';
import { ExpireOrder } from './use-cases/expire-order.js';
import { ExpirePending } from './use-cases/expire-pending.js';
import { HurryOrder } from './use-cases/hurry-order.js';
import { ListExpiring } from './use-cases/list-expiring.js';
import { NoteDispute } from './use-cases/note-dispute.js';
import { NotePaymentFailure } from './use-cases/note-payment-failure.js';
import { Offers } from './use-cases/offers.js';
import { OrderBirths } from './use-cases/order-births.js';
import { OverdueOrders } from './use-cases/overdue-orders.js';
import { QuoteOrder } from './use-cases/quote-order.js';
import { QuoteRefund } from './use-cases/quote-refund.js';
import { ReadEventFeed } from './use-cases/read-event-feed.js';
import { ReadHistory } from './use-cases/read-history.js';
import { ReadOrders } from './use-cases/read-orders.js';
import { ReadRefunds } from './use-cases/read-refunds.js';
import { RefundOrder } from './use-cases/refund-order.js';
import { Refusals } from './use-cases/refusals.js';
import { PruneOldRows } from './use-cases/prune-old-rows.js';
import { AcknowledgeFinding } from './use-cases/acknowledge-finding.js';
import { ExplainOrder } from './use-cases/explain-order.js';
import { ExplanationStore } from './persistence/explanation.store.js';
import { ExamineOrder } from './use-cases/examine-order.js';
import { MendOrder } from './use-cases/mend-order.js';
import { ReconcileOrders } from './use-cases/reconcile-orders.js';
import { ReadAuditLog } from './use-cases/read-audit-log.js';
import { ReadEffects } from './use-cases/read-effects.js';
import { ReadFindings } from './use-cases/read-findings.js';
import { RecordRefusal } from './use-cases/record-refusal.js';
import { ResolveFinding } from './use-cases/resolve-finding.js';
import { RetryEffect } from './use-cases/retry-effect.js';
import { ReconciliationStore } from './persistence/reconciliation.store.js';
import { RemindBuyers } from './use-cases/remind-buyers.js';
import { ReserveOrder } from './use-cases/reserve-order.js';
import { RetentionStore } from './persistence/retention.store.js';
import { SaleStopsStore } from './persistence/sale-stops.store.js';

const STORES = [
  IdempotencyStore,
  SecretBox,
  OutboxStore,
  AuditLogStore,
  AuditStore,
  CreateOrderStore,
  EffectRecordsStore,
  EffectsStore,
  ExplanationStore,
  FindingsStore,
  LatePaymentsStore,
  OperationsStore,
  OrderMetrics,
  OrderStores,
  OrdersStore,
  PaymentsStore,
  PurchaseLimitsStore,
  ReconciliationStore,
  RefundsStore,
  RetentionStore,
  SaleStopsStore,
  TicketsStore,
];

const EFFECTS = [
  AdvanceFence,
  AdvanceOperation,
  AdvanceRecovering,
  AdvanceReserving,
  BeginFence,
  BeginRecovery,
  PaymentRecords,
  Paybacks,
  ReservationTimes,
  RunEffect,
  SettleEffect,
  SettlePayment,
  SettleRefund,
  SettleTickets,
  TicketHolds,
  OrderWorker,
];

const USE_CASES = [
  CancelOrder,
  ConfirmByMessage,
  ConfirmOrder,
  CreateOrder,
  ExpireOrder,
  ExpirePending,
  HurryOrder,
  ListExpiring,
  NoteDispute,
  NotePaymentFailure,
  OrderBirths,
  OverdueOrders,
  QuoteOrder,
  QuoteRefund,
  ReadEventFeed,
  ReadHistory,
  ReadOrders,
  ReadRefunds,
  RefundOrder,
  PruneOldRows,
  AcknowledgeFinding,
  ExamineOrder,
  ExplainOrder,
  MendOrder,
  ReadAuditLog,
  ReadEffects,
  ReadFindings,
  ReconcileOrders,
  RecordRefusal,
  RemindBuyers,
  ResolveFinding,
  RetryEffect,
  ReserveOrder,
];

@Module({
  imports: [InboxModule, UpstreamModule, PricingModule, TicketsModule, PaymentsModule, LockingModule],
  providers: [
    ...STORES,
    ...EFFECTS,
    Offers,
    Refusals,
    ...USE_CASES,
    ...ADMINISTRATION_PROVIDERS,
    ...BULK_PROVIDERS,
  ],
  exports: [...USE_CASES, ...ADMINISTRATION_PROVIDERS, ...BULK_PROVIDERS, OrderWorker],
})
export class OrdersModule {}
