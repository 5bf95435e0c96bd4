export {
  Policies,
  type PricingPolicyAsked,
  type PricingPolicyBody,
  type RefundPolicyAsked,
  type RefundPolicyBody,
} from './administration/policies.js';
export { PromoCodes, type PromoCodeAsked, type PromoCodeBody } from './administration/promo-codes.js';
export { TenantSettingsAdministration, type TenantSettingsAsked } from './administration/tenant-settings.js';
export { BulkCancel, type CalledOffEvent, type CallOffResult } from './bulk/bulk-cancel.js';
export { CallOffByMessage } from './bulk/call-off-by-message.js';
export { BulkWorker } from './bulk/bulk-worker.js';
export { OPERATION_STATUSES, type OperationBody, type OperationFailure } from './bulk/operation.js';
export { Operations } from './bulk/operations.js';
export { PreviewBulkCancel, type BulkCancelPreview } from './bulk/preview-bulk-cancel.js';
export * from './domain/order.js';
export * from './domain/state-machine.js';
export * from './domain/payment-outcomes.js';
export * from './domain/reconciliation-matrix.js';
export * from './effects/catalog.js';
export { OrderWorker } from './effects/worker.js';
export * from './events/order-event.js';
export * from './orders.module.js';
export * from './use-cases/order-request.js';
export { CancelOrder } from './use-cases/cancel-order.js';
export { ConfirmByMessage } from './use-cases/confirm-by-message.js';
export { ConfirmOrder } from './use-cases/confirm-order.js';
export { CreateOrder } from './use-cases/create-order.js';
export { ExpireOrder } from './use-cases/expire-order.js';
export { HurryOrder } from './use-cases/hurry-order.js';
export { ListExpiring, type ExpiringOrderBody } from './use-cases/list-expiring.js';
export { NoteDispute } from './use-cases/note-dispute.js';
export { NotePaymentFailure } from './use-cases/note-payment-failure.js';
export { OverdueOrders } from './use-cases/overdue-orders.js';
export { QuoteOrder, type QuoteBody } from './use-cases/quote-order.js';
export { QuoteRefund, type RefundQuoteBody } from './use-cases/quote-refund.js';
export * from './use-cases/read-event-feed.js';
export { ReadHistory, type HistoryEntryBody } from './use-cases/read-history.js';
export { ReadOrders, type OrderFilters } from './use-cases/read-orders.js';
export { ReadRefunds } from './use-cases/read-refunds.js';
export { RefundOrder, type RefundAsked } from './use-cases/refund-order.js';
export { AcknowledgeFinding } from './use-cases/acknowledge-finding.js';
export { ExplainOrder } from './use-cases/explain-order.js';
export { ReadAuditLog } from './use-cases/read-audit-log.js';
export { ReadEffects, type EffectFilters } from './use-cases/read-effects.js';
export { ReadFindings, type FindingFilters } from './use-cases/read-findings.js';
export { RecordRefusal } from './use-cases/record-refusal.js';
export { ResolveFinding, FINDING_ACTIONS, type FindingAction } from './use-cases/resolve-finding.js';
export { RetryEffect } from './use-cases/retry-effect.js';
export { ReconcileOrders } from './use-cases/reconcile-orders.js';
export { RemindBuyers } from './use-cases/remind-buyers.js';
export { PruneOldRows } from './use-cases/prune-old-rows.js';
export { ReserveOrder } from './use-cases/reserve-order.js';
export { AUDIT_OUTCOMES, type AuditLogBody } from './views/audit-log-body.js';
export type { EffectBody } from './views/effect-body.js';
export { FINDING_STATES, type FindingBody, type FindingState } from './views/finding-body.js';
export {
  TIMELINE_SOURCES,
  type ExplainedLatePayment,
  type ExplainedMessage,
  type ExplainedPayment,
  type ExplainedRefund,
  type ExplanationBody,
  type TimelineEntry,
} from './views/explanation-body.js';
export * from './views/order-body.js';
export * from './views/page.js';
export * from './views/refund-body.js';
