import type { EffectKind, EffectState } from '../effects/catalog.js';
import type { EffectRecord } from '../persistence/effect-records.store.js';

/** A call to a sibling as admins see it: what became of it, not what it said. */
export interface EffectBody {
  readonly id: string;
  readonly orderId: string;
  readonly kind: EffectKind;
  readonly state: EffectState;
  readonly generation: number;
  readonly key: string;
  readonly attempts: number;
  readonly outcome: Readonly<Record<string, unknown>> | null;
  readonly createdAt: string;
  readonly firstSentAt: string | null;
  readonly dueAt: string | null;
  readonly finishedAt: string | null;
}

export function effectBody(effect: EffectRecord): EffectBody {
  return {
    id: effect.id,
    orderId: effect.orderId,
    kind: effect.kind,
    state: effect.state,
    generation: effect.generation,
    key: effect.key,
    attempts: effect.attempts,
    outcome: effect.outcome,
    createdAt: effect.createdAt.toISOString(),
    firstSentAt: effect.firstSentAt?.toISOString() ?? null,
    dueAt: effect.state === 'pending' ? (effect.dueAt?.toISOString() ?? null) : null,
    finishedAt: effect.finishedAt?.toISOString() ?? null,
  };
}
