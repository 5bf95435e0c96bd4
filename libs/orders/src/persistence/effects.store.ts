import { Injectable } from '@nestjs/common';
import { SECOND_MS, uuidv7 } from '@app/kernel';
import { FencedOff, type Transaction } from '@app/platform';
import { refundKey, type Effect, type EffectState, type NewEffect } from '../effects/catalog.js';

/** Longer than any call to a sibling, so that a second worker never starts beside a living first one. */
export const EFFECT_LEASE_MS = 20 * SECOND_MS;

const HURRY_MAX = 5_000;

const EFFECT_FIELDS = `e.id, e.tenant_id as "tenantId", e.order_id as "orderId", e.kind, e.queue, e.sequence, e.generation, e.key, e.request,
  e.state, e.attempts, e.first_sent_at as "firstSentAt", e.fence, e.outcome, e.traceparent, e.created_at as "createdAt"`;

/** True for the first unfinished effect of its queue: effects of one queue run one at a time. */
const IS_HEAD = `not exists (
    select 1 from order_effects earlier
     where earlier.tenant_id = e.tenant_id and earlier.order_id = e.order_id and earlier.queue = e.queue
       and earlier.sequence < e.sequence and earlier.state in ('pending', 'parked'))`;

@Injectable()
export class EffectsStore {
  /**
   * Writes effects at the end of their queues, in the order given. One that is there already under its key and was
   * disarmed comes back to life: the fence of a cancel is the same call as the undo of its reserve.
   */
  async append(tx: Transaction, orderId: string, effects: readonly NewEffect[]): Promise<void> {
    if (effects.length === 0) return;
    const records = effects.map((effect, index) => ({
      ...effect,
      id: uuidv7(tx.now.getTime()),
      place: index + 1,
    }));
    const written = await tx.execute(
      `insert into order_effects as e (tenant_id, id, order_id, kind, queue, sequence, generation, key, request, state, due_at, traceparent, created_at)
       select $1, r.id, $2, r.kind, r.queue,
              coalesce((select max(o.sequence) from order_effects o where o.tenant_id = $1 and o.order_id = $2), 0) + r.place,
              r.generation, r.key, r.request, r.state, now() + r."dueInMs" * interval '1 millisecond', $4, now()
         from jsonb_to_recordset($3) as r (id uuid, kind text, queue text, place integer, generation integer, key text, request jsonb, state text, "dueInMs" integer)
       on conflict (tenant_id, order_id, key) do update
          set state = excluded.state, queue = excluded.queue, sequence = excluded.sequence, request = excluded.request, due_at = excluded.due_at,
              traceparent = excluded.traceparent
        where e.state = 'disarmed'`,
      [tx.tenant(), orderId, JSON.stringify(records), tx.traceparent],
    );
    if (written !== effects.length)
      throw new Error(
        `Order ${orderId} has one of these effects already: ${records.map((record) => record.key).join(', ')}.`,
      );
  }

  async ofOrder(tx: Transaction, orderId: string): Promise<readonly Effect[]> {
    return tx.query<Effect>(
      `select ${EFFECT_FIELDS} from order_effects e where e.tenant_id = $1 and e.order_id = $2 order by e.sequence`,
      [tx.tenant(), orderId],
    );
  }

  /** Moves effects of one generation from one state to another. @returns how many */
  async change(
    tx: Transaction,
    orderId: string,
    change: {
      readonly generation: number;
      readonly from: EffectState;
      readonly to: EffectState;
      readonly queue?: string;
      readonly kinds?: readonly string[];
    },
  ): Promise<number> {
    return tx.execute(
      `update order_effects
          set state = $5, due_at = now(),
              finished_at = case when $5 in ('pending', 'armed', 'parked') then null else now() end
        where tenant_id = $1 and order_id = $2 and generation = $3 and state = $4
          and ($6::text is null or queue = $6) and ($7::text[] is null or kind = any ($7))`,
      [
        tx.tenant(),
        orderId,
        change.generation,
        change.from,
        change.to,
        change.queue ?? null,
        change.kinds ?? null,
      ],
    );
  }

  /** Ends what was never sent of the order's main queue: a later verb made it pointless. */
  async supersedeUnsent(tx: Transaction, orderId: string, kinds: readonly string[]): Promise<number> {
    return tx.execute(
      `update order_effects set state = 'superseded', finished_at = now()
        where tenant_id = $1 and order_id = $2 and queue = 'main' and state = 'pending' and first_sent_at is null and kind = any ($3)`,
      [tx.tenant(), orderId, kinds],
    );
  }

  /** Ends the money half of a refund whose tickets could not be released. */
  async supersedeRefund(tx: Transaction, orderId: string, refundId: string): Promise<void> {
    await tx.execute(
      `update order_effects set state = 'superseded', finished_at = now()
        where tenant_id = $1 and order_id = $2 and kind = 'payments.refund' and key = $3 and state = 'pending'`,
      [tx.tenant(), orderId, refundKey(refundId)],
    );
  }

  /** Sends an effect again that had ended: same key and bytes, so the sibling replays what it did. @returns false when there is none */
  async rearm(tx: Transaction, orderId: string, key: string): Promise<boolean> {
    const changed = await tx.execute(
      `update order_effects
          set state = 'pending', due_at = now(), lease_until = null, finished_at = null
        where tenant_id = $1 and order_id = $2 and key = $3 and state in ('done', 'refused', 'superseded', 'disarmed')`,
      [tx.tenant(), orderId, key],
    );
    return changed === 1;
  }

  /** Completes the request of an effect that was never sent; once sent, its bytes are fixed. */
  async rewriteUnsent(tx: Transaction, effect: Effect, request: object): Promise<void> {
    await tx.execute(
      `update order_effects set request = $3 where tenant_id = $1 and id = $2 and state = 'pending' and first_sent_at is null`,
      [effect.tenantId, effect.id, JSON.stringify(request)],
    );
  }

  /** Stores how an effect ended, under its own fence. @throws FencedOff when a later holder has it */
  async finish(
    tx: Transaction,
    effect: Effect,
    state: 'done' | 'refused' | 'parked' | 'superseded',
    outcome: object,
  ): Promise<void> {
    const changed = await tx.execute(
      `update order_effects
          set state = $4, outcome = $5, lease_until = null, finished_at = case when $4 = 'parked' then null else now() end
        where tenant_id = $1 and id = $2 and fence = $3 and state = 'pending'`,
      [effect.tenantId, effect.id, effect.fence, state, JSON.stringify(outcome)],
    );
    if (changed !== 1) throw new FencedOff(`effect ${effect.key} has a later holder`);
  }

  /** Hands an effect back to be tried again. @throws FencedOff when a later holder has it */
  async postpone(tx: Transaction, effect: Effect, delayMs: number, outcome: object): Promise<void> {
    const changed = await tx.execute(
      `update order_effects
          set due_at = now() + $4 * interval '1 millisecond', lease_until = null, outcome = $5
        where tenant_id = $1 and id = $2 and fence = $3 and state = 'pending'`,
      [effect.tenantId, effect.id, effect.fence, Math.round(delayMs), JSON.stringify(outcome)],
    );
    if (changed !== 1) throw new FencedOff(`effect ${effect.key} has a later holder`);
  }

  /** What waits for a sibling that is back is due at once (worker role); bounded, the rest follows by its own time. */
  async hurry(tx: Transaction, kinds: readonly string[]): Promise<void> {
    await tx.execute(
      `update order_effects e set due_at = now()
         from (select tenant_id, id from order_effects
                where state = 'pending' and queue <> 'operation' and due_at > now() and kind = any ($1)
                limit ${HURRY_MAX} for update skip locked) waiting
        where e.tenant_id = waiting.tenant_id and e.id = waiting.id`,
      [kinds],
    );
  }

  /** Makes the order's open effects of a kind due at once. @returns false when there is none */
  async dueNow(tx: Transaction, orderId: string, kind: string): Promise<boolean> {
    const changed = await tx.execute(
      `update order_effects set due_at = now()
        where tenant_id = $1 and order_id = $2 and kind = $3 and state = 'pending' and queue <> 'operation'`,
      [tx.tenant(), orderId, kind],
    );
    return changed > 0;
  }

  /** Claims due effects of every tenant (worker role), or of one order (app role); nobody else gets them meanwhile. */
  async claimDue(
    tx: Transaction,
    limit: number,
    order?: { readonly tenantId: string; readonly orderId: string },
  ): Promise<readonly Effect[]> {
    return tx.query<Effect>(
      `with due as (
         select e.tenant_id, e.id from order_effects e
          where e.state = 'pending' and e.queue <> 'operation' and e.due_at <= now() and (e.lease_until is null or e.lease_until <= now())
            and ($3::uuid is null or (e.tenant_id = $3 and e.order_id = $4)) and ${IS_HEAD}
          order by e.due_at
          limit $1
          for update skip locked
       )
       update order_effects e
          set lease_until = now() + $2 * interval '1 millisecond', fence = e.fence + 1, attempts = e.attempts + 1,
              first_sent_at = coalesce(e.first_sent_at, now())
         from due
        where e.tenant_id = due.tenant_id and e.id = due.id
       returning ${EFFECT_FIELDS}`,
      [limit, EFFECT_LEASE_MS, order?.tenantId ?? null, order?.orderId ?? null],
    );
  }
}
