import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@app/platform';
import { withoutOperation, type Order } from '../domain/order.js';
import { OrderStores } from '../persistence/order-stores.js';
import { operationScope, type AdvanceContext } from './advance-context.js';
import { AdvanceFence } from './advance-fence.js';
import { AdvanceRecovering } from './advance-recovering.js';
import type { PlannedCall } from './catalog.js';

/** The next step of an operation whose holder is gone: what a request would do next, or the undo of a reserve nobody came back for. */
@Injectable()
export class AdvanceOperation {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly fence: AdvanceFence,
    private readonly recovering: AdvanceRecovering,
  ) {}

  /** @param order with the fence that the caller holds   @throws FencedOff when somebody else took over */
  async advance(order: Order, context: AdvanceContext): Promise<void> {
    switch (order.op) {
      case null:
        return;
      case 'reserving':
        return this.database.transaction({ ...operationScope(order, context), step: 'reserve.undo' }, (tx) =>
          this.undo(tx, order),
        );
      case 'cancelling':
      case 'expiring':
        await this.fence.advance(order, context);
        return;
      case 'recovering':
        return this.recovering.advance(order, await this.calls(order), context);
    }
  }

  private calls(order: Order): Promise<readonly PlannedCall[]> {
    return this.database.transaction({ tenantId: order.tenantId, pool: 'worker' }, async (tx) => {
      const effects = await this.stores.effects.ofOrder(tx, order.id);
      return effects.filter(
        (effect) => effect.generation === order.generation && effect.queue === 'operation',
      );
    });
  }

  /**
   * The client never came back: the generation is closed and the order PENDING again at once; what it may have taken
   * from the siblings is given back by the undo, beside whatever the order does next.
   */
  private async undo(tx: Transaction, holder: Order): Promise<void> {
    const order = await this.stores.operations.held(tx, holder);
    const { generation } = order;
    await this.stores.effects.change(tx, order.id, {
      generation,
      from: 'pending',
      to: 'superseded',
      queue: 'operation',
    });
    await this.stores.effects.change(tx, order.id, { generation, from: 'armed', to: 'pending' });
    await this.stores.limits.giveBack(tx, order.id);
    await this.stores.orders.save(tx, order, { ...withoutOperation(order), generationOpen: false });
    await this.stores.audit.append(tx, {
      orderId: order.id,
      type: 'order.reserve_undone',
      actor: { kind: 'system', id: 'order-service' },
      isPublic: true,
      reason: 'the request that reserved it did not finish',
    });
  }
}
