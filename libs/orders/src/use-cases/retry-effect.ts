import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
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
import { OrderWorker } from '../effects/worker.js';
import { AuditLogStore } from '../persistence/audit-log.store.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { OrderStores } from '../persistence/order-stores.js';
import { EffectRecordsStore, type EffectRecord } from '../persistence/effect-records.store.js';
import { effectBody } from '../views/effect-body.js';
import { jsonAnswer } from '../views/json-answer.js';
import { actorOf } from './access.js';

/** POST /effects/:id/retry: an operator sends a parked effect again, with the same key and bytes. */
@Injectable()
export class RetryEffect {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly effects: EffectRecordsStore,
    private readonly findings: FindingsStore,
    private readonly auditLog: AuditLogStore,
    private readonly worker: OrderWorker,
  ) {}

  /** @throws EFFECT_NOT_FOUND; EFFECT_STATE_CONFLICT unless it is parked */
  async execute(
    caller: Caller<UserPrincipal>,
    effectId: string,
    reason: string | null,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const { tenantId } = caller.principal;
    const scope = { tenantId, actor: actorOf(caller.principal), requestId: caller.requestId };
    const { answer, orderId } = await this.database.transaction(scope, async (tx) => {
      const result = await this.stores.idempotency.claim(tx, idempotency);
      if (result.kind === 'replay') return { answer: result.answer, orderId: null };
      const effect = await this.effects.get(tx, effectId);
      // The row lock orders this against whatever settles another effect of the order.
      await this.stores.orders.get(tx, effect.orderId, { lock: true });
      if (!(await this.effects.unpark(tx, effectId)))
        throw new AppError('EFFECT_STATE_CONFLICT', {
          reason: `Only a parked effect can be sent again; this one is ${effect.state}.`,
        });
      await this.note(tx, effect, caller, reason);
      const given = jsonAnswer(effectBody(await this.effects.get(tx, effectId)));
      await this.stores.idempotency.answer(tx, result.claim, { answer: given, replayMs: REPLAY_MS.success });
      return { answer: given, orderId: effect.orderId };
    });
    if (orderId !== null) this.worker.soon({ tenantId, id: orderId });
    return answer;
  }

  /** The finding of the parked effect is over; should it be parked again, there will be a new one. */
  private async note(
    tx: Transaction,
    effect: EffectRecord,
    caller: Caller<UserPrincipal>,
    reason: string | null,
  ): Promise<void> {
    const actor = actorOf(caller.principal);
    const why = reason === null ? {} : { reason };
    await this.findings.resolveSubject(
      tx,
      { kind: 'effect_parked', subject: effect.key },
      { resolvedBy: principalKey(caller.principal), resolution: 'the effect was sent again' },
    );
    await this.stores.audit.append(tx, {
      orderId: effect.orderId,
      type: 'effect.retried',
      actor,
      isPublic: false,
      ...why,
      data: { effectId: effect.id, kind: effect.kind, key: effect.key },
    });
    await this.auditLog.append(tx, {
      actor,
      action: 'effect.retried',
      subject: effect.id,
      outcome: 'done',
      ...why,
      data: { kind: effect.kind, key: effect.key, orderId: effect.orderId },
    });
  }
}
