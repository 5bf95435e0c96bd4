import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, type Clock } from '@app/kernel';
import type { PaymentIntent } from '@app/payments';
import {
  Database,
  REPLAY_MS,
  principalKey,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type Transaction,
  type UserPrincipal,
} from '@app/platform';
import { TicketCatalog } from '@app/tickets';
import type { Order } from '../domain/order.js';
import { assertOnSale } from '../domain/sale-rules.js';
import { callContext, requestContext } from '../effects/advance-context.js';
import { SettlePayment } from '../effects/settle-payment.js';
import { OrderWorker } from '../effects/worker.js';
import { AuditLogStore } from '../persistence/audit-log.store.js';
import { FindingsStore, type Finding } from '../persistence/findings.store.js';
import { LatePaymentsStore } from '../persistence/late-payments.store.js';
import { OrderStores } from '../persistence/order-stores.js';
import { HELD_PAYMENT_KIND, findingBody } from '../views/finding-body.js';
import { jsonAnswer } from '../views/json-answer.js';
import { actorOf } from './access.js';

/** recover: the EXPIRED order takes its seats again for the money that is held · refund: the money goes back whole. */
export const FINDING_ACTIONS = ['recover', 'refund'] as const;
export type FindingAction = (typeof FINDING_ACTIONS)[number];

export interface Resolution {
  readonly action?: FindingAction | undefined;
  readonly note: string;
}

/** POST /findings/:id/resolve: an operator's last word, with or without money moving. */
@Injectable()
export class ResolveFinding {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly findings: FindingsStore,
    private readonly latePayments: LatePaymentsStore,
    private readonly auditLog: AuditLogStore,
    private readonly settlePayment: SettlePayment,
    private readonly catalog: TicketCatalog,
    private readonly worker: OrderWorker,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @throws FINDING_NOT_FOUND; FINDING_STATE_CONFLICT when it is resolved, or holds no money to decide about
   * @throws EVENT_NOT_ON_SALE, ORDER_BUSY, ORDER_DISPUTED when the action cannot be taken
   */
  async execute(
    caller: Caller<UserPrincipal>,
    findingId: string,
    resolution: Resolution,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const replay = await this.recheck(caller, findingId, resolution, idempotency);
    if (replay !== null) return replay;
    const actor = actorOf(caller.principal);
    const scope = { tenantId: caller.principal.tenantId, actor, requestId: caller.requestId };
    const { answer, changed } = await this.database.transaction(scope, async (tx) => {
      const result = await this.stores.idempotency.claim(tx, idempotency);
      if (result.kind === 'replay') return { answer: result.answer, changed: null };
      const order = await this.act(tx, await this.unresolved(tx, findingId), resolution, caller);
      await this.close(tx, findingId, resolution, caller);
      const given = jsonAnswer(findingBody(await this.findings.get(tx, findingId)));
      const replayMs = resolution.action === undefined ? REPLAY_MS.success : REPLAY_MS.refund;
      await this.stores.idempotency.answer(tx, result.claim, { answer: given, replayMs });
      return { answer: given, changed: order };
    });
    if (changed?.op === 'recovering') this.worker.advanceSoon(changed);
    else if (changed !== null) this.worker.soon(changed);
    return answer;
  }

  /** A recovery needs an event that still sells, which only event-service can say: asked before anything is locked. */
  private async recheck(
    caller: Caller<UserPrincipal>,
    findingId: string,
    { action }: Resolution,
    idempotency: IdempotencyRequest,
  ): Promise<Answer | null> {
    if (action !== 'recover') return null;
    const known = await this.database.transaction({ tenantId: caller.principal.tenantId }, async (tx) => {
      const replay = await this.stores.idempotency.find(tx, idempotency);
      if (replay !== null) return { answer: replay.answer, order: null };
      const { orderId } = await this.findings.get(tx, findingId);
      return { answer: null, order: orderId === null ? null : await this.stores.orders.get(tx, orderId) };
    });
    if (known.order === null) return known.answer;
    const event = await this.catalog.event(
      known.order.eventId,
      callContext(known.order, requestContext(caller)),
      { maxAgeMs: 0 },
    );
    assertOnSale(event, this.clock.now());
    return null;
  }

  private async unresolved(tx: Transaction, findingId: string): Promise<Finding> {
    const finding = await this.findings.get(tx, findingId, { lock: true });
    if (finding.state === 'RESOLVED') throw conflict('This finding is resolved already.');
    return finding;
  }

  /** @returns the order when money moves */
  private async act(
    tx: Transaction,
    finding: Finding,
    { action, note }: Resolution,
    caller: Caller<UserPrincipal>,
  ): Promise<Order | null> {
    if (action === undefined) return null;
    const order = await this.orderOfHeldPayment(tx, finding);
    if (order.op !== null) throw new AppError('ORDER_BUSY');
    if (order.disputed) throw new AppError('ORDER_DISPUTED');
    if (action === 'recover' && order.status !== 'EXPIRED')
      throw conflict(`Only an EXPIRED order can be recovered; this one is ${order.status}.`);
    await tx.because({ reason: note });
    const settled = await this.settlePayment.decideHeld(tx, order, heldIntent(order, finding), action, {
      requestId: caller.requestId,
      traceparent: caller.traceparent,
    });
    if (action === 'recover' && settled.paymentOutcome !== 'recovering')
      throw conflict(
        'The order cannot be recovered: its sale was stopped, or its purchase limit or promo code has gone to others.',
      );
    return settled.order;
  }

  private async orderOfHeldPayment(tx: Transaction, finding: Finding): Promise<Order> {
    if (finding.kind !== HELD_PAYMENT_KIND || finding.orderId === null)
      throw conflict('This finding holds no payment: resolve it with a note alone.');
    const order = await this.stores.orders.get(tx, finding.orderId, { lock: true });
    if ((await this.latePayments.outcomeOf(tx, finding.subject)) !== 'under_review')
      throw conflict('The payment of this finding is no longer under review: resolve it with a note alone.');
    return order;
  }

  private async close(
    tx: Transaction,
    findingId: string,
    { action, note }: Resolution,
    caller: Caller<UserPrincipal>,
  ): Promise<void> {
    const finding = await this.findings.get(tx, findingId);
    await this.findings.resolve(tx, findingId, {
      resolvedBy: principalKey(caller.principal),
      resolution: action === undefined ? note : `${action}: ${note}`,
    });
    await this.auditLog.append(tx, {
      actor: actorOf(caller.principal),
      action: 'finding.resolved',
      subject: findingId,
      outcome: 'done',
      reason: note,
      data: { kind: finding.kind, subject: finding.subject, action: action ?? null },
    });
  }
}

/** The payment as we booked it when it was put on hold. */
function heldIntent(order: Order, finding: Finding): PaymentIntent {
  const payment = order.payments.find((candidate) => candidate.paymentIntentId === finding.subject);
  const leftCents = payment === undefined ? 0 : payment.receivedCents - payment.refundReservedCents;
  if (payment === undefined || leftCents <= 0)
    throw conflict('Nothing is left of the payment of this finding: resolve it with a note alone.');
  return {
    paymentIntentId: payment.paymentIntentId,
    orderId: order.id,
    status: 'succeeded',
    amountCents: payment.amountCents,
    amountReceivedCents: leftCents,
    refundedCents: 0,
    currency: payment.currency,
    tenantId: order.tenantId,
  };
}

function conflict(reason: string): AppError {
  return new AppError('FINDING_STATE_CONFLICT', { reason });
}
