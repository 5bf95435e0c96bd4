import { Injectable } from '@nestjs/common';
import { Database, SecretBox, type Caller, type UserPrincipal } from '@app/platform';
import type { EffectState } from '../effects/catalog.js';
import { EffectRecordsStore } from '../persistence/effect-records.store.js';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { effectBody, type EffectBody } from '../views/effect-body.js';
import { pageOf, type Page } from '../views/page.js';

export interface EffectFilters {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly state: EffectState;
  readonly kind?: string | undefined;
}

/** GET /effects: calls to siblings in one state, newest first; the parked ones wait for an operator. */
@Injectable()
export class ReadEffects {
  constructor(
    private readonly database: Database,
    private readonly effects: EffectRecordsStore,
    private readonly secrets: SecretBox,
  ) {}

  async list(caller: Caller<UserPrincipal>, filters: EffectFilters): Promise<Page<EffectBody>> {
    const { tenantId } = caller.principal;
    const { limit, cursor, state, kind = null } = filters;
    const context = `effects:${tenantId}:${state}:${kind ?? ''}`;
    const after = cursor === undefined ? null : decodeCursor(this.secrets, context, cursor);
    return this.database.transaction({ tenantId }, async (tx) => {
      const beforeId = after === null ? null : String(after[0]);
      const effects = await this.effects.list(tx, { state, kind, beforeId, limit: limit + 1 });
      return pageOf(effects, limit, effectBody, (effect) => encodeCursor(this.secrets, context, [effect.id]));
    });
  }
}
