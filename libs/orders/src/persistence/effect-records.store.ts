import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import type { Transaction } from '@app/platform';
import type { EffectKind, EffectState } from '../effects/catalog.js';

/** An effect without what it says, for people. */
export interface EffectRecord {
  readonly id: string;
  readonly orderId: string;
  readonly kind: EffectKind;
  readonly state: EffectState;
  readonly queue: string;
  readonly sequence: number;
  readonly generation: number;
  readonly key: string;
  readonly attempts: number;
  readonly outcome: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Date;
  readonly firstSentAt: Date | null;
  readonly dueAt: Date | null;
  readonly finishedAt: Date | null;
}

const RECORD_FIELDS = `e.id, e.order_id as "orderId", e.kind, e.state, e.queue, e.sequence, e.generation, e.key, e.attempts, e.outcome,
  e.created_at as "createdAt", e.first_sent_at as "firstSentAt", e.due_at as "dueAt", e.finished_at as "finishedAt"`;

/** Effects as admins see and send them again. */
@Injectable()
export class EffectRecordsStore {
  /** Effects of the tenant in one state, newest first, from before `beforeId`; their requests are nobody's to read. */
  async list(
    tx: Transaction,
    query: {
      readonly state: EffectState;
      readonly kind: string | null;
      readonly beforeId: string | null;
      readonly limit: number;
    },
  ): Promise<readonly EffectRecord[]> {
    return tx.query<EffectRecord>(
      `select ${RECORD_FIELDS} from order_effects e
        where e.tenant_id = $1 and e.state = $2 and ($3::text is null or e.kind = $3) and ($4::uuid is null or e.id < $4)
        order by e.id desc limit $5`,
      [tx.tenant(), query.state, query.kind, query.beforeId, query.limit],
    );
  }

  async ofOrder(tx: Transaction, orderId: string): Promise<readonly EffectRecord[]> {
    return tx.query<EffectRecord>(
      `select ${RECORD_FIELDS} from order_effects e where e.tenant_id = $1 and e.order_id = $2 order by e.sequence`,
      [tx.tenant(), orderId],
    );
  }

  /** @throws EFFECT_NOT_FOUND */
  async get(tx: Transaction, effectId: string): Promise<EffectRecord> {
    const [effect] = await tx.query<EffectRecord>(
      `select ${RECORD_FIELDS} from order_effects e where e.tenant_id = $1 and e.id = $2`,
      [tx.tenant(), effectId],
    );
    if (effect === undefined) throw new AppError('EFFECT_NOT_FOUND');
    return effect;
  }

  /** An operator sends a parked effect again. @returns false when it is not parked any more */
  async unpark(tx: Transaction, effectId: string): Promise<boolean> {
    const changed = await tx.execute(
      `update order_effects set state = 'pending', due_at = now(), lease_until = null
        where tenant_id = $1 and id = $2 and state = 'parked'`,
      [tx.tenant(), effectId],
    );
    return changed === 1;
  }
}
