import { z } from 'zod';
import { closedLoad, type Heard } from './closed-load.js';
import { createRequest, oneTicketOf, Queue, type Buyer, type Show } from './people.js';
import type { Stage } from './stage.js';
import { Tally } from './tally.js';

/** Made gently: what is measured comes afterwards. */
const CONNECTIONS = 16;

const created = z.object({ id: z.string() });

export interface PendingOrder {
  readonly buyer: Buyer;
  readonly orderId: string;
}

/** Orders of one ticket, each with the buyer who may go on with it. @throws when not all of them could be made */
export async function createPendingOrders(
  stage: Stage,
  show: Show,
  count: number,
): Promise<readonly PendingOrder[]> {
  const { stack, answers } = stage;
  const queue = new Queue(stage.buyers);
  const buyerOf = new Map(stage.buyers.map((buyer) => [`Bearer ${buyer.token}`, buyer]));
  const orders: PendingOrder[] = [];
  const tally = new Tally();
  await closedLoad({
    urls: stack.urls,
    connections: Math.min(CONNECTIONS, count),
    until: { requests: count },
    next: () => createRequest(queue.next(), oneTicketOf(show)),
    tally,
    heard: (heard: Heard) => {
      answers.heard(heard);
      const buyer = buyerOf.get(heard.request.headers['authorization'] ?? '');
      if (heard.status === 201 && buyer !== undefined)
        orders.push({ buyer, orderId: created.parse(JSON.parse(heard.body)).id });
    },
  });
  if (orders.length < count)
    throw new Error(
      `Only ${orders.length} of ${count} orders could be created: ${JSON.stringify(tally.measure('', 1).errors)}`,
    );
  return orders;
}
