import { Injectable } from '@nestjs/common';
import { AppError, canonicalJson } from '@app/kernel';
import { Database, SecretBox, principalKey, type Caller } from '@app/platform';
import type { Order } from '../domain/order.js';
import type { OrderStatus } from '../domain/state-machine.js';
import { OrderStores } from '../persistence/order-stores.js';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { orderBody, type OrderBody } from '../views/order-body.js';
import { pageOf, type Page } from '../views/page.js';
import { visibleTo } from './access.js';

export interface OrderFilters {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly status?: readonly OrderStatus[] | undefined;
  readonly eventId?: string | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
  readonly sort: 'createdAt' | '-createdAt';
  /** For admins. */
  readonly userId?: string | undefined;
  readonly orderNumber?: string | undefined;
}

/** GET /orders and GET /orders/:id, and the same for sibling services over RPC. */
@Injectable()
export class ReadOrders {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly secrets: SecretBox,
  ) {}

  /** @throws ORDER_NOT_FOUND also for orders of other users and tenants: no oracle */
  async one(caller: Caller, orderId: string): Promise<OrderBody> {
    return this.database.transaction({ tenantId: caller.principal.tenantId }, async (tx) => {
      const order = await this.stores.orders.get(tx, orderId, visibleTo(caller.principal));
      return orderBody(order, tx.now);
    });
  }

  /** Keyset pages over (createdAt, id): the thousandth page costs what the first one does. */
  async list(caller: Caller, filters: OrderFilters): Promise<Page<OrderBody>> {
    const { tenantId } = caller.principal;
    const ownId = visibleTo(caller.principal).userId;
    if (filters.userId !== undefined && ownId !== undefined && filters.userId !== ownId) {
      throw new AppError('FORBIDDEN', { reason: 'Only an admin may list the orders of somebody else.' });
    }
    const { limit, cursor, ...bound } = filters;
    const context = `orders:${tenantId}:${principalKey(caller.principal)}:${canonicalJson(bound)}`;
    const after = cursor === undefined ? null : decodeCursor(this.secrets, context, cursor);
    const userId = ownId ?? filters.userId ?? null;
    const direction = filters.sort === 'createdAt' ? 'asc' : 'desc';
    const beyond = direction === 'asc' ? '>' : '<';
    return this.database.transaction({ tenantId }, async (tx) => {
      const conditions = ['o.tenant_id = $1'];
      const parameters: unknown[] = [tenantId];
      const add = (condition: (place: string) => string, value: unknown): void => {
        parameters.push(value);
        conditions.push(condition(`$${parameters.length}`));
      };
      if (userId !== null) add((place) => `o.user_id = ${place}`, userId);
      if (filters.status !== undefined) add((place) => `o.status = any (${place}::text[])`, filters.status);
      if (filters.eventId !== undefined) add((place) => `o.event_id = ${place}`, filters.eventId);
      if (filters.orderNumber !== undefined) add((place) => `o.order_number = ${place}`, filters.orderNumber);
      if (filters.createdFrom !== undefined)
        add((place) => `o.created_at >= ${place}::timestamptz`, filters.createdFrom);
      if (filters.createdTo !== undefined)
        add((place) => `o.created_at <= ${place}::timestamptz`, filters.createdTo);
      if (after !== null) {
        parameters.push(after[0], after[1]);
        conditions.push(
          `(o.created_at, o.id) ${beyond} ($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)`,
        );
      }
      parameters.push(limit + 1);
      const orders = await this.stores.orders.findMany(
        tx,
        `where ${conditions.join(' and ')} order by o.created_at ${direction}, o.id ${direction} limit $${parameters.length}`,
        parameters,
      );
      return pageOf(
        orders,
        limit,
        (order) => orderBody(order, tx.now),
        (order: Order) => encodeCursor(this.secrets, context, [order.createdAt.toISOString(), order.id]),
      );
    });
  }
}
