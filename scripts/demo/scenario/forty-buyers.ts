import type { Answer } from '../../../libs/client/src/index.js';
import type { BuyerSession } from '../buyer-session.js';
import { answerOf, codeOf } from '../order-client.js';
import { ownOffer, type Offer, type Section, type Stage } from './section.js';

const BUYERS = 40;
const TICKETS = 10;
/** How long the unguarded ticket-service looks at its stock before it writes: long enough for all forty to look too. */
const GAP_MS = 40;

export const fortyBuyers: Section = {
  title: `${BUYERS} buyers want the last ${TICKETS} tickets`,
  async play(stage) {
    await sellOut(
      stage,
      await ownOffer(stage, { eventName: 'The last ten seats', capacity: TICKETS, stockMode: 'atomic' }),
    );
  },
};

export const fortyUnguardedBuyers: Section = {
  title: `The same, at a ticket-service that looks first and writes ${GAP_MS} ms later without looking again`,
  async play(stage) {
    const offer = await ownOffer(stage, {
      eventName: 'The last ten seats, unguarded',
      capacity: TICKETS,
      stockMode: 'check-then-act',
    });
    stage.telling.note('now only the lock of order-service stands between two buyers and the last ticket');
    await stage.sandbox.setFault({
      service: 'ticket-service',
      operation: 'reserve',
      mode: 'latency',
      ms: GAP_MS,
    });
    try {
      await sellOut(stage, offer);
    } finally {
      await stage.sandbox.clearFaults();
    }
  },
};

async function sellOut(stage: Stage, offer: Offer): Promise<void> {
  const { telling, sandbox } = stage;
  const carts = await Promise.all(Array.from({ length: BUYERS }, () => fillCart(stage, offer)));
  telling.note(`${BUYERS} carts with one ticket each; everybody reserves at once`);
  const answers = await Promise.all(
    carts.map(({ buyer, orderId }) =>
      answerOf(buyer.client.call('POST', '/api/v1/orders/{orderId}/reserve', { path: { orderId } })),
    ),
  );
  const winners = answers.filter((answer) => answer.status === 200);
  const soldOut = answers.filter((answer) => gistOf(answer) === '409 TICKETS_UNAVAILABLE');
  const others = answers.filter((answer) => !winners.includes(answer) && !soldOut.includes(answer));
  telling.claim(
    `${TICKETS} buyers hold a ticket, ${BUYERS - TICKETS} hear that it is sold out`,
    winners.length === TICKETS && soldOut.length === BUYERS - TICKETS,
    `${winners.length} × 200, ${soldOut.length} × 409 TICKETS_UNAVAILABLE${others.map((answer) => `, ${gistOf(answer)}`).join('')}`,
  );
  const { stock } = await sandbox.ledger();
  const row = stock.find((candidate) => candidate.ticketTypeId === offer.ticketTypeId);
  telling.claim(
    'ticket-service has given out each ticket once',
    row?.held === TICKETS && row.oversold === 0,
    `${row?.held ?? 0} held, ${row?.oversold ?? 0} too many`,
  );
}

async function fillCart(
  stage: Stage,
  offer: Offer,
): Promise<{ readonly buyer: BuyerSession; readonly orderId: string }> {
  const buyer = await stage.newBuyer();
  const basket = { eventId: offer.eventId, items: [{ ticketTypeId: offer.ticketTypeId, quantity: 1 }] };
  const { id } = await buyer.client.post('/api/v1/orders', { body: basket });
  return { buyer, orderId: id };
}

function gistOf(answer: Answer): string {
  return `${answer.status} ${codeOf(answer)}`.trim();
}
