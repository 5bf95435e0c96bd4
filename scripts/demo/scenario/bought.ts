import type { BuyerSession, Order } from '../buyer-session.js';
import type { Offer, Stage } from './section.js';

export interface Bought {
  readonly buyer: BuyerSession;
  readonly order: Order;
}

/** A buyer of its own with a reservation that waits for its payment. */
export async function reserveTickets(
  stage: Stage,
  offer: Offer,
  quantity: number,
): Promise<Bought & { readonly intentId: string }> {
  const buyer = await stage.newBuyer();
  const { id } = await buyer.create({
    eventId: offer.eventId,
    items: [{ ticketTypeId: offer.ticketTypeId, quantity }],
  });
  const order = await buyer.reserve(id);
  return { buyer, order, intentId: order.payment?.intentId ?? '' };
}

/** The same, paid and with its tickets. */
export async function buyTickets(stage: Stage, offer: Offer, quantity: number): Promise<Bought> {
  const { buyer, order, intentId } = await reserveTickets(stage, offer, quantity);
  await stage.sandbox.pay(intentId);
  return { buyer, order: await buyer.awaitStatus(order.id, 'COMPLETED') };
}
