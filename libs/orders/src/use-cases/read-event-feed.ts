import { Injectable } from '@nestjs/common';
import { AppError, DAY_MS } from '@app/kernel';
import { Database, SecretBox, type Caller, type ServicePrincipal, type Transaction } from '@app/platform';
import type { OrderCloudEvent } from '../events/order-event.js';

/** How long events can be read again. */
export const FEED_RETENTION_MS = 30 * DAY_MS;

/** A client that has no cursor yet may say so with this instead of leaving it out. */
const FROM_THE_START = '0';

export interface EventFeedPage {
  readonly data: readonly OrderCloudEvent[];
  readonly page: { readonly nextAfter: string; readonly hasMore: boolean };
}

/** Up to where a client has read, and until when everything it missed was certainly kept. */
interface FeedPlace {
  readonly position: number;
  readonly asOfMs: number;
}

interface FeedRow {
  readonly position: number;
  readonly createdAt: Date;
  readonly payload: OrderCloudEvent;
}

const START: FeedPlace = { position: 0, asOfMs: Number.POSITIVE_INFINITY };

/**
 * GET /internal/events: the tenant's events in the order of their places. Places are given after the commit, so no
 * event ever appears before one that was read already.
 */
@Injectable()
export class ReadEventFeed {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  /** @throws CURSOR_INVALID; CURSOR_EXPIRED when events after it may be gone */
  async execute(
    caller: Caller<ServicePrincipal>,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<EventFeedPage> {
    const { tenantId } = caller.principal;
    const context = `event-feed:${tenantId}`;
    const place = this.decode(query.after, context);
    return this.database.transaction({ tenantId, requestId: caller.requestId }, async (tx) => {
      await assertKept(tx, place);
      const rows = await tx.query<FeedRow>(
        `select position, created_at as "createdAt", payload
           from outbox
          where tenant_id = $1 and position > $2
          order by position
          limit $3`,
        [tenantId, place.position, query.limit + 1],
      );
      const shown = rows.slice(0, query.limit);
      const hasMore = rows.length > query.limit;
      const last = shown.at(-1);
      const next: FeedPlace = {
        position: last?.position ?? place.position,
        // Whoever is up to date has missed nothing until now.
        asOfMs: hasMore && last !== undefined ? last.createdAt.getTime() : tx.now.getTime(),
      };
      return {
        data: shown.map(({ payload }) => payload),
        page: { nextAfter: this.encode(next, context), hasMore },
      };
    });
  }

  private encode(place: FeedPlace, context: string): string {
    return this.secrets.sign(JSON.stringify([place.position, place.asOfMs]), context);
  }

  private decode(after: string | undefined, context: string): FeedPlace {
    if (after === undefined || after === FROM_THE_START) return START;
    const text = this.secrets.verify(after, context);
    if (text === null) {
      const detail = 'Send page.nextAfter of an earlier answer of this feed, or nothing.';
      throw new AppError(
        'CURSOR_INVALID',
        {},
        { members: { errors: [{ parameter: 'after', code: 'cursor_invalid', detail }] } },
      );
    }
    const [position, asOfMs] = JSON.parse(text) as readonly [number, number];
    return { position, asOfMs };
  }
}

/** Events are pruned oldest first: while the one read last is there, or young enough to be, none after it is gone. */
async function assertKept(tx: Transaction, place: FeedPlace): Promise<void> {
  if (place.asOfMs >= tx.now.getTime() - FEED_RETENTION_MS) return;
  const kept = await tx.query(`select 1 from outbox where tenant_id = $1 and position = $2`, [
    tx.tenant(),
    place.position,
  ]);
  if (kept.length === 0) throw new AppError('CURSOR_EXPIRED');
}
