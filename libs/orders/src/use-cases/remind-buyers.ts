import { Inject, Injectable } from '@nestjs/common';
import { MINUTE_MS, uuidv7 } from '@app/kernel';
import { CONFIG, Database, type Config, type Transaction } from '@app/platform';
import type { Order } from '../domain/order.js';
import { OrderStores } from '../persistence/order-stores.js';

interface EndingRow {
  readonly tenantId: string;
  readonly orderId: string;
}

/**
 * A reservation that ends within `before` ($n of milliseconds), was not reminded of yet, and is not so young or so
 * short that the buyer has only just heard of its deadline.
 */
function endsSoon(before: string): string {
  const span = `(${before} * interval '1 millisecond')`;
  return `o.status = 'RESERVED' and o.op is null and o.reminded_at is null
    and o.expires_at > now() and o.expires_at <= now() + ${span}
    and o.expires_at - o.reserved_at > ${span} and now() - o.reserved_at >= ${span} / 2`;
}

/** What the reminder job does: tells once, with `order.expiring_soon`, that a reservation ends soon. */
@Injectable()
export class RemindBuyers {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** One round over every tenant. @returns how many reminders it wrote */
  async remind(limit: number): Promise<number> {
    const ending = await this.database.transaction({ tenantId: null, role: 'worker', pool: 'worker' }, (tx) =>
      tx.query<EndingRow>(
        `select o.tenant_id as "tenantId", o.id as "orderId" from orders o
          where ${endsSoon('$2')} order by o.expires_at limit $1`,
        [limit, this.beforeMs],
      ),
    );
    const requestId = `reminder-${uuidv7()}`;
    const errors: unknown[] = [];
    let reminded = 0;
    for (const row of ending) {
      try {
        if (await this.remindOf(row, requestId)) reminded += 1;
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} reminders could not be written`);
    return reminded;
  }

  private get beforeMs(): number {
    return this.config.REMINDER_BEFORE_MINUTES * MINUTE_MS;
  }

  /** @returns false when the order has changed, was reminded of or is in other hands meanwhile */
  private remindOf({ tenantId, orderId }: EndingRow, requestId: string): Promise<boolean> {
    const actor = { kind: 'system', id: 'reminder' } as const;
    return this.database.transaction({ tenantId, pool: 'worker', actor, requestId }, async (tx) => {
      const [order] = await this.stores.orders.findMany(
        tx,
        `where o.tenant_id = $1 and o.id = $2 and ${endsSoon('$3')} for update skip locked`,
        [tenantId, orderId, this.beforeMs],
      );
      if (order === undefined) return false;
      await this.tell(tx, order);
      return true;
    });
  }

  /** The body of the order does not change, so neither does its version. */
  private async tell(tx: Transaction, order: Order): Promise<void> {
    const reminded: Order = { ...order, remindedAt: tx.now, eventSequence: order.eventSequence + 1 };
    await this.stores.orders.save(tx, order, reminded);
    await this.stores.outbox.append(tx, [
      { type: 'order.expiring_soon', order: reminded, previousStatus: order.status },
    ]);
  }
}
