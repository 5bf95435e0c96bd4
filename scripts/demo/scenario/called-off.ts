import type { Schemas } from '../../../libs/client/src/index.js';
import { waitUntil } from '../../servers/wait-until.js';
import { codeOf } from '../order-client.js';
import { buyTickets, reserveTickets, type Bought } from './bought.js';
import { executedCount, ownOffer, type Offer, type Section, type Stage } from './section.js';

type Operation = Schemas['OperationDto'];

const PAID_ORDERS = 3;
const OPERATION_WITHIN_MS = 90_000;
const ASK_EVERY_MS = 500;

export const calledOff: Section = {
  title: 'An event is called off',
  async play(stage) {
    const { telling, sandbox } = stage;
    const offer = await ownOffer(stage, { eventName: 'The open-air night that it rains', capacity: 50 });
    const paid: Bought[] = [];
    for (let count = 0; count < PAID_ORDERS; count += 1) paid.push(await buyTickets(stage, offer, 2));
    const reserved = await reserveTickets(stage, offer, 1);

    await sandbox.cancelEvent(offer.eventId);
    if (stage.hasBroker) telling.note('the organiser calls it off; event-service announces event.cancelled');
    else await bulkCancel(stage, offer, PAID_ORDERS + 1);

    for (const bought of paid) await claimPaidBack(stage, bought);
    await claimSeatsFreed(stage, reserved);
    await claimNoMoreSale(stage, offer);
  },
};

/** Without a broker event-service calls what its message would have started. */
async function bulkCancel(
  stage: Stage,
  offer: Offer & { readonly tenantId: string },
  orders: number,
): Promise<void> {
  const { telling } = stage;
  telling.note('the organiser calls it off; without a broker event-service asks for the cancellation itself');
  const sibling = await stage.newService(offer.tenantId, 'orders:bulk-cancel orders:read');
  const begun = await sibling.call('POST', '/internal/v1/orders/bulk/cancel', {
    body: { eventId: offer.eventId, reason: 'The event was called off.' },
  });
  if (!('id' in begun.body)) throw new Error('A bulk cancellation was only counted.');
  telling.call('POST /internal/v1/orders/bulk/cancel', begun.status, gistOf(begun.body));
  const path = { operationId: begun.body.id };
  const look = (): Promise<Operation> => sibling.get('/internal/v1/operations/{operationId}', { path });
  let end = await look();
  await waitUntil(
    async () => {
      end = await look();
      return end.status === 'SUCCEEDED' || end.status === 'FAILED';
    },
    { timeoutMs: OPERATION_WITHIN_MS, pauseMs: ASK_EVERY_MS },
  );
  telling.call('GET /internal/v1/operations/{id}', 200, gistOf(end));
  telling.claim(
    'the bulk cancellation ended every order of the event',
    end.status === 'SUCCEEDED' && end.total === orders && end.done === orders && end.failed === 0,
    gistOf(end),
  );
}

async function claimPaidBack(stage: Stage, { buyer, order }: Bought): Promise<void> {
  const after = await buyer.awaitStatus(order.id, 'REFUNDED');
  const ledger = await stage.sandbox.ledger(order.id);
  const refunds = executedCount(ledger, 'refund');
  const backCents = ledger.intents.reduce((sum, intent) => sum + intent.refundedCents, 0);
  stage.telling.claim(
    'a paid order is paid back in full, once',
    after.status === 'REFUNDED' &&
      after.refundedCents === order.totalCents &&
      refunds === 1 &&
      backCents === order.totalCents,
    `${after.status}, ${refunds} refund(s), ${backCents} of ${order.totalCents} cents`,
  );
}

async function claimSeatsFreed(stage: Stage, { buyer, order }: Bought): Promise<void> {
  const after = await buyer.awaitStatus(order.id, 'CANCELLED');
  const ledger = await stage.sandbox.ledger(order.id);
  const releases = executedCount(ledger, 'release');
  const receivedCents = ledger.intents.reduce((sum, intent) => sum + intent.amountReceivedCents, 0);
  stage.telling.claim(
    'the reserved order is cancelled and its seats are free',
    after.status === 'CANCELLED' && releases === 1 && receivedCents === 0,
    `${after.status}, ${releases} release(s), ${receivedCents} cents received`,
  );
}

async function claimNoMoreSale(stage: Stage, offer: Offer): Promise<void> {
  const buyer = await stage.newBuyer();
  const items = [{ ticketTypeId: offer.ticketTypeId, quantity: 1 }];
  const answer = await buyer.tryToCreate({ eventId: offer.eventId, items });
  stage.telling.claim(
    'nobody can buy for it any more',
    codeOf(answer) === 'EVENT_NOT_ON_SALE',
    `${answer.status} ${codeOf(answer)}`,
  );
}

function gistOf({ status, done, total, failed }: Operation): string {
  return `${status}, ${done} of ${total} done, ${failed} failed`;
}
