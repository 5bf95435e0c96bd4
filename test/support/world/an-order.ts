import type { Answer, Client, OrderView, ReservedView } from './client.js';
import type { NewTestEvent, TestEvent } from './siblings.js';
import type { World } from './world.js';

type Stage = 'pending' | 'reserved' | 'paid' | 'confirmed' | 'completed' | 'cancelled' | 'expired';

interface Plan {
  readonly stage: Stage;
  readonly event: TestEvent | NewTestEvent;
  readonly quantity: number;
  readonly by: Client | null;
  readonly promoCode: string | null;
}

/** An order with everything a test may want to use of how it came about. */
export interface GivenOrder {
  readonly id: string;
  readonly event: TestEvent;
  readonly buyer: Client;
  readonly totalCents: number;
  /** '' before the order was reserved, and for one that costs nothing. */
  readonly intentId: string;
  readonly clientSecret: string;
}

/** A plan for an order; `make` takes it there through the real verbs, so no test starts from an impossible one. */
export class OrderBuilder {
  constructor(private readonly plan: Plan) {}

  /** An event that exists, or one to be made. */
  for(event: TestEvent | NewTestEvent): OrderBuilder {
    return this.with({ event });
  }

  by(buyer: Client): OrderBuilder {
    return this.with({ by: buyer });
  }

  quantity(quantity: number): OrderBuilder {
    return this.with({ quantity });
  }

  promo(promoCode: string): OrderBuilder {
    return this.with({ promoCode });
  }

  pending(): OrderBuilder {
    return this.with({ stage: 'pending' });
  }

  reserved(): OrderBuilder {
    return this.with({ stage: 'reserved' });
  }

  /** RESERVED, and the money is at payment-service, but nobody has told us. */
  paid(): OrderBuilder {
    return this.with({ stage: 'paid' });
  }

  /** CONFIRMED, with ticket-service away since: its tickets are issued once effects run again. */
  confirmed(): OrderBuilder {
    return this.with({ stage: 'confirmed' });
  }

  completed(): OrderBuilder {
    return this.with({ stage: 'completed' });
  }

  cancelled(): OrderBuilder {
    return this.with({ stage: 'cancelled' });
  }

  /** EXPIRED from RESERVED. */
  expired(): OrderBuilder {
    return this.with({ stage: 'expired' });
  }

  async make(world: World): Promise<GivenOrder> {
    const { stage, quantity, promoCode } = this.plan;
    const buyer = this.plan.by ?? world.buyer;
    const event = 'id' in this.plan.event ? this.plan.event : await world.createEvent(this.plan.event);
    const wish = promoCode === null ? { quantity } : { quantity, promoCode };
    const created = succeeded(await world.createOrder(event, wish, buyer));
    const given = { id: created.id, event, buyer, totalCents: created.totalCents };
    if (stage === 'pending') return { ...given, intentId: '', clientSecret: '' };
    const { payment } = succeeded<ReservedView>(await world.reserve(created.id, buyer));
    const order = {
      ...given,
      intentId: payment?.intentId ?? '',
      clientSecret: payment?.clientSecret ?? '',
    };
    await onwards(world, order, stage);
    return order;
  }

  private with(change: Partial<Plan>): OrderBuilder {
    return new OrderBuilder({ ...this.plan, ...change });
  }
}

export function anOrder(): OrderBuilder {
  return new OrderBuilder({ stage: 'pending', event: {}, quantity: 1, by: null, promoCode: null });
}

async function onwards(world: World, order: GivenOrder, stage: Stage): Promise<void> {
  switch (stage) {
    case 'pending':
    case 'reserved':
      return;
    case 'paid':
      await world.siblings.pay(order.intentId);
      return;
    case 'confirmed':
      await world.siblings.fault({ service: 'ticket-service', operation: 'confirm', mode: 'error-before' });
      await confirmed(world, order);
      await world.siblings.clearFaults();
      return reached(world, order, 'CONFIRMED');
    case 'completed':
      await confirmed(world, order);
      return reached(world, order, 'COMPLETED');
    case 'cancelled':
      succeeded(await world.cancel(order.id, order.buyer));
      return reached(world, order, 'CANCELLED');
    case 'expired':
      succeeded(await world.expire(order.id));
      return reached(world, order, 'EXPIRED');
  }
}

async function confirmed(world: World, order: GivenOrder): Promise<void> {
  await world.siblings.pay(order.intentId);
  succeeded(await world.confirm(order.id, order.intentId));
  await world.idle();
}

async function reached(world: World, order: GivenOrder, status: string): Promise<void> {
  await world.idle();
  const present = await world.order(order.id);
  if (present.status !== status) throw new Error(`The order is ${present.status} instead of ${status}.`);
}

function succeeded<Body extends OrderView>(answer: Answer<Body>): Body {
  if (answer.status >= 300) throw new Error(`A test's preparation was refused: ${answer.text}`);
  return answer.body;
}
