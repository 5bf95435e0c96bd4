import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@app/platform';
import { moved, type Order } from '../domain/order.js';
import { OrderStores } from '../persistence/order-stores.js';

const OVERDUE = `o.tenant_id = $1 and o.id = any ($2::uuid[]) and o.status = 'PENDING' and o.op is null and o.expires_at <= now()`;

/** Expires overdue PENDING orders of one tenant together: nothing left the service for them, so one commit ends many. */
@Injectable()
export class ExpirePending {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
  ) {}

  /** @returns how many expired; rows that another replica holds are skipped, not waited for */
  async execute(tenantId: string, orderIds: readonly string[], requestId: string): Promise<number> {
    const scope = {
      tenantId,
      pool: 'worker',
      actor: { kind: 'system', id: 'expiration' },
      requestId,
    } as const;
    return this.database.transaction(scope, async (tx) => {
      const overdue = await this.stores.orders.findMany(
        tx,
        `where ${OVERDUE} order by o.id for update skip locked`,
        [tenantId, orderIds],
      );
      await tx.because({ reason: 'its time ran out' });
      await this.expireTogether(tx, overdue);
      return overdue.length;
    });
  }

  private async expireTogether(tx: Transaction, overdue: readonly Order[]): Promise<void> {
    if (overdue.length === 0) return;
    const pairs = overdue.map((order) => ({ order, expired: moved(order, 'expire', tx.now) }));
    await this.stores.orders.saveExpired(
      tx,
      pairs.map(({ order, expired }) => ({ previous: order, next: expired })),
    );
    await this.stores.outbox.append(
      tx,
      pairs.map(({ order, expired }) => ({
        type: 'order.expired',
        order: expired,
        previousStatus: order.status,
      })),
    );
    for (const { order } of pairs) {
      if (order.discounts.length > 0) await this.stores.promoCodes.giveBack(tx, order.id);
    }
  }
}
