import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import {
  Database,
  REPLAY_MS,
  type Answer,
  type Caller,
  type Claim,
  type IdempotencyRequest,
  type Refusal,
  type Transaction,
  type UserPrincipal,
} from '@app/platform';
import {
  applicableRefundRule,
  chooseUnits,
  refundExceedsRefundable,
  refundableCents,
  spreadGoodwill,
} from '@app/pricing';
import { currentPayment, type Order } from '../domain/order.js';
import { refundableLines } from '../domain/refund.js';
import { stateConflict } from '../domain/state-machine.js';
import { Paybacks, paybackOfGoodwill, paybackOfUnits, type Payback } from '../effects/paybacks.js';
import { OrderWorker } from '../effects/worker.js';
import { OrderStores } from '../persistence/order-stores.js';
import { refundBody, refundLocation } from '../views/refund-body.js';
import { actorOf, assertVersion, visibleTo } from './access.js';
import { Refusals } from './refusals.js';

export interface RefundAsked {
  readonly items?: readonly { readonly itemId: string; readonly quantity: number }[] | undefined;
  readonly amountCents?: number | undefined;
  readonly reason: string;
}

interface Decision {
  readonly answer: Answer;
  readonly changed: Order | null;
}

/**
 * POST /orders/:id/refund: writes the refund, the units it owns and its effects; the money moves after the commit and
 * may take days, so the answer is the PENDING refund.
 */
@Injectable()
export class RefundOrder {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly paybacks: Paybacks,
    private readonly refusals: Refusals,
    private readonly worker: OrderWorker,
  ) {}

  async execute(
    caller: Caller<UserPrincipal>,
    orderId: string,
    asked: RefundAsked,
    ifMatch: number | null,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    if (asked.amountCents !== undefined && caller.principal.role !== 'admin') {
      throw new AppError('FORBIDDEN', {
        reason:
          'Only an admin may refund an amount. Name items, or nothing for everything that is refundable.',
      });
    }
    if (asked.amountCents !== undefined && asked.items !== undefined) throw itemsOrAmount();
    const scope = {
      tenantId: caller.principal.tenantId,
      actor: actorOf(caller.principal),
      requestId: caller.requestId,
      pool: caller.pool ?? 'request',
      step: 'refund.tx1',
    } as const;
    const { answer, changed } = await this.database.transaction<Decision>(scope, async (tx) => {
      const result = await this.stores.idempotency.claim(tx, idempotency);
      if (result.kind === 'replay') return { answer: result.answer, changed: null };
      const order = await this.stores.orders.get(tx, orderId, { ...visibleTo(caller.principal), lock: true });
      assertVersion(order, ifMatch);
      return this.decide(tx, order, asked, caller, result.claim);
    });
    if (changed !== null) this.worker.soon(changed);
    return answer;
  }

  private async decide(
    tx: Transaction,
    order: Order,
    asked: RefundAsked,
    caller: Caller<UserPrincipal>,
    claim: Claim,
  ): Promise<Decision | Refusal> {
    try {
      assertRefundable(order, caller.principal);
      const payback = await this.plan(tx, order, asked, claim);
      return await this.write(tx, order, payback, caller, claim);
    } catch (error) {
      if (error instanceof AppError && error.row.replay === 'stored')
        return this.refusals.within(tx, claim, error, order.id);
      throw error;
    }
  }

  private async plan(tx: Transaction, order: Order, asked: RefundAsked, claim: Claim): Promise<Payback> {
    const known = await this.paybacks.known(tx, order.id);
    const lines = refundableLines(order, known);
    const facts = {
      reason: asked.reason,
      principal: claim.request.principal,
      idempotencyKey: claim.request.key,
    };
    if (asked.amountCents !== undefined) {
      const spread = spreadGoodwill(lines, asked.amountCents, order.currency);
      const items = spread.map(({ itemId, unitCents, amountCents }) => ({
        itemId,
        units: [],
        unitGoodwillCents: unitCents,
        amountCents,
      }));
      return paybackOfGoodwill(order, items, facts, tx.now);
    }
    const chosen = chooseUnits(
      lines,
      asked.items === undefined ? {} : { items: asked.items },
      order.currency,
    );
    if (refundableCents(lines) === 0) throw refundExceedsRefundable(lines, order.currency);
    const eventCancelled = await this.stores.saleStops.isStopped(tx, order);
    const rule = applicableRefundRule(order.refundPolicy, {
      now: tx.now,
      eventStartsAt: order.eventStartsAt,
      eventCancelled,
    });
    const payback = paybackOfUnits(
      order,
      known,
      chosen,
      rule,
      { ...facts, isEventCalledOff: eventCancelled },
      tx.now,
    );
    if (payback.refund === null) {
      throw new AppError(
        'REFUND_WINDOW_CLOSED',
        { clause: rule.clause },
        { members: { policy: { id: order.refundPolicy.id, clause: rule.clause } } },
      );
    }
    return payback;
  }

  private async write(
    tx: Transaction,
    order: Order,
    payback: Payback,
    caller: Caller<UserPrincipal>,
    claim: Claim,
  ): Promise<Decision> {
    const { refund } = payback;
    if (refund === null) throw new AppError('MONEY_INVALID', { reason: 'a refund without an amount' });
    const next: Order = { ...order, ...payback.also, version: order.version + 1 };
    await this.stores.orders.save(tx, order, next);
    await this.paybacks.write(tx, next, payback);
    await this.stores.audit.append(tx, {
      orderId: order.id,
      type: 'refund.requested',
      actor: actorOf(caller.principal),
      isPublic: true,
      reason: refund.reason,
      data: { refundId: refund.id, amountCents: refund.amountCents, clause: refund.policyClause },
    });
    const answer: Answer = {
      status: 202,
      body: JSON.stringify(refundBody(refund)),
      headers: { Location: refundLocation(order.id, refund.id) },
      replayed: false,
    };
    await this.stores.idempotency.answer(tx, claim, {
      answer,
      replayMs: REPLAY_MS.refund,
      orderId: order.id,
    });
    return { answer, changed: next };
  }
}

/**
 * A customer refunds a paid order; an admin may pay back in any status while money is left.
 * @throws ORDER_BUSY, ORDER_DISPUTED, ORDER_STATE_CONFLICT
 */
function assertRefundable(order: Order, principal: UserPrincipal): void {
  if (order.op !== null) throw new AppError('ORDER_BUSY');
  if (order.disputed) throw new AppError('ORDER_DISPUTED');
  if (order.status === 'CONFIRMED' || order.status === 'COMPLETED') return;
  const payment = currentPayment(order);
  const isMoneyLeft = payment !== null && payment.receivedCents > payment.refundReservedCents;
  if (principal.role !== 'admin' || !isMoneyLeft) throw stateConflict(order, 'refund');
}

function itemsOrAmount(): AppError {
  const detail = 'Send items or amountCents, not both.';
  return new AppError(
    'VALIDATION_FAILED',
    { reason: detail },
    { members: { errors: [{ pointer: '/amountCents', code: 'exclusive', detail }] } },
  );
}
