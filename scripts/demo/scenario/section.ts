import type { OrderServiceClient } from '../../../libs/client/src/index.js';
import type { Exchange } from '../../invariants/books.js';
import type { Addresses } from '../child-environments.js';
import type { BuyerSession } from '../buyer-session.js';
import type { Listener } from '../listener.js';
import type { Catalog, EventWish, Ledger, SandboxClient } from '../sandbox-client.js';
import type { Telling } from '../telling.js';

/** What a section of the story plays on. */
export interface Stage {
  readonly telling: Telling;
  readonly sandbox: SandboxClient;
  readonly addresses: Addresses;
  /** The service's database, entered as the owner of the tables. */
  readonly databaseUrl: string;
  /** Every request of every buyer so far, with its answer. */
  readonly exchanges: readonly Exchange[];
  /** A buyer of its own for each section: rate limits and purchase limits count per user. */
  newBuyer(): Promise<BuyerSession>;
  /** A sibling service that may do what the scopes say. */
  newService(tenantId: string, scope: string): Promise<OrderServiceClient>;
  readonly hasBroker: boolean;
  /** Who has listened since the story began. @throws when nobody could */
  listener(): Promise<Listener>;
}

export interface Section {
  readonly title: string;
  play(stage: Stage): Promise<void>;
}

export interface Offer {
  readonly eventId: string;
  readonly eventName: string;
  readonly ticketTypeId: string;
  readonly ticketName: string;
  readonly unitPriceCents: number;
  readonly currency: string;
}

/** The ticket type with the most seats left among the events on sale in dollars, so that the story can be told often. */
export async function plentifulOffer(stage: Stage): Promise<Offer> {
  const { events } = await stage.sandbox.catalog();
  const offers = events.filter(isOnSaleInDollars).flatMap((event) =>
    event.ticketTypes.map((type) => ({
      available: type.available,
      offer: {
        eventId: event.id,
        eventName: event.name,
        ticketTypeId: type.id,
        ticketName: type.name,
        unitPriceCents: type.unitPriceCents,
        currency: event.currency,
      },
    })),
  );
  const [best] = offers.toSorted((left, right) => right.available - left.available);
  if (best === undefined)
    throw new Error('The sandbox has no event on sale in USD: POST /sandbox/reset refills it.');
  return best.offer;
}

function isOnSaleInDollars(event: Catalog['events'][number]): boolean {
  return event.status === 'ON_SALE' && event.currency === 'USD';
}

/** A ticket type of an event made for one section. */
export async function ownOffer(
  stage: Stage,
  wish: {
    readonly eventName: string;
    readonly capacity: number;
    readonly stockMode?: EventWish['stockMode'];
  },
): Promise<Offer & { readonly tenantId: string }> {
  const made = await stage.sandbox.newEvent({
    name: wish.eventName,
    stockMode: wish.stockMode ?? 'atomic',
    ticketTypes: [{ name: 'Stalls', unitPriceCents: 4_500, capacity: wish.capacity }],
  });
  const [type] = made.ticketTypes;
  if (type === undefined) throw new Error('The sandbox made an event without ticket types.');
  return {
    tenantId: made.tenantId,
    eventId: made.id,
    eventName: made.name,
    ticketTypeId: type.id,
    ticketName: type.name,
    unitPriceCents: type.unitPriceCents,
    currency: made.currency,
  };
}

/** How often the siblings really did something for an order; replays and refusals do not count. */
export function executedCount(ledger: Ledger, operation: string): number {
  return ledger.entries.filter((entry) => entry.operation === operation && entry.outcome === 'executed')
    .length;
}

/** The claim that ends every purchase: one hold, one intent, one charge, for exactly the total. */
export function claimOnePurchase(stage: Stage, ledger: Ledger, totalCents: number): void {
  const holds = executedCount(ledger, 'reserve');
  const charges = executedCount(ledger, 'confirm-intent');
  const receivedCents = ledger.intents.reduce((sum, intent) => sum + intent.amountReceivedCents, 0);
  stage.telling.claim(
    'the sandbox ledger shows one hold, one intent, one charge of the total',
    holds === 1 && ledger.intents.length === 1 && charges === 1 && receivedCents === totalCents,
    `${holds} hold(s), ${ledger.intents.length} intent(s), ${charges} charge(s), ${receivedCents} of ${totalCents} cents received`,
  );
}
