import { Injectable } from '@nestjs/common';
import { Database, SecretBox, type Caller, type UserPrincipal } from '@app/platform';
import { OrderStores } from '../persistence/order-stores.js';
import { RefundsStore } from '../persistence/refunds.store.js';
import { pageOf, type Page } from '../views/page.js';
import { refundBody, type RefundBody } from '../views/refund-body.js';
import { visibleTo } from './access.js';
import { decodeCursor, encodeCursor } from '../views/cursor.js';

/** GET /orders/:id/refunds and GET /orders/:id/refunds/:refundId. */
@Injectable()
export class ReadRefunds {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly refunds: RefundsStore,
    private readonly secrets: SecretBox,
  ) {}

  async list(
    caller: Caller<UserPrincipal>,
    orderId: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<RefundBody>> {
    const { tenantId } = caller.principal;
    const context = `refunds:${tenantId}:${orderId}`;
    const after =
      page.cursor === undefined ? '' : String(decodeCursor(this.secrets, context, page.cursor)[0]);
    return this.database.transaction({ tenantId }, async (tx) => {
      await this.stores.orders.get(tx, orderId, visibleTo(caller.principal));
      // An order has few refunds (at most one a unit and some goodwill), and their ids sort by age.
      const refunds = (await this.refunds.ofOrder(tx, orderId)).filter((refund) => refund.id > after);
      return pageOf(refunds, page.limit, refundBody, (refund) =>
        encodeCursor(this.secrets, context, [refund.id]),
      );
    });
  }

  /** @throws ORDER_NOT_FOUND, REFUND_NOT_FOUND */
  async one(caller: Caller<UserPrincipal>, orderId: string, refundId: string): Promise<RefundBody> {
    return this.database.transaction({ tenantId: caller.principal.tenantId }, async (tx) => {
      await this.stores.orders.get(tx, orderId, visibleTo(caller.principal));
      return refundBody(await this.refunds.get(tx, orderId, refundId));
    });
  }
}
