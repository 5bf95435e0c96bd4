import { Injectable } from '@nestjs/common';
import { Database, type Caller, type UserPrincipal } from '@app/platform';
import { EffectRecordsStore } from '../persistence/effect-records.store.js';
import { ExplanationStore } from '../persistence/explanation.store.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { OrdersStore } from '../persistence/orders.store.js';
import { RefundsStore } from '../persistence/refunds.store.js';
import { explanationBody, type ExplanationBody } from '../views/explanation-body.js';

const FINDINGS_MAX = 200;

/** GET /orders/:id/explain: what happened to an order, what was said to whom, and what may happen next. */
@Injectable()
export class ExplainOrder {
  constructor(
    private readonly database: Database,
    private readonly orders: OrdersStore,
    private readonly effects: EffectRecordsStore,
    private readonly refunds: RefundsStore,
    private readonly findings: FindingsStore,
    private readonly explanation: ExplanationStore,
  ) {}

  /** @throws ORDER_NOT_FOUND */
  execute(caller: Caller<UserPrincipal>, orderId: string): Promise<ExplanationBody> {
    return this.database.transaction({ tenantId: caller.principal.tenantId }, async (tx) => {
      const order = await this.orders.get(tx, orderId);
      const findings = await this.findings.list(tx, {
        states: null,
        kind: null,
        orderId,
        beforeId: null,
        limit: FINDINGS_MAX,
      });
      return explanationBody({
        order,
        now: tx.now,
        history: await this.explanation.history(tx, orderId),
        effects: await this.effects.ofOrder(tx, orderId),
        messages: await this.explanation.messages(tx, orderId),
        latePayments: await this.explanation.latePayments(tx, orderId),
        refunds: await this.refunds.ofOrder(tx, orderId),
        findings,
      });
    });
  }
}
