import { violation, type Books, type OrderRow, type Violation } from './books.js';
import { byOrder, groupedBy, sumOf } from './grouping.js';

const HAS_SEATS: ReadonlySet<string> = new Set(['RESERVED', 'CONFIRMED', 'COMPLETED']);

/** I16: nobody has more than the limit of the event, no code was used more often than it may. */
export function checkLimits(books: Books): readonly Violation[] {
  return [...tooMany(books), ...miscounted(books), ...overusedCodes(books)];
}

function buyerOf(row: {
  readonly tenantId: string;
  readonly userId: string;
  readonly eventId: string;
}): string {
  return `${row.tenantId} ${row.userId} ${row.eventId}`;
}

/** By the orders themselves, whatever the counters say. */
function tooMany(books: Books): readonly Violation[] {
  const itemsOf = byOrder(books.orders.items);
  const seatsOf = (order: OrderRow): number =>
    sumOf(itemsOf(order.id), (item) => item.quantity - item.refundedQuantity);
  const limited = books.orders.orders.filter(
    (order) => order.purchaseLimit !== null && HAS_SEATS.has(order.status),
  );
  return [...groupedBy(limited, buyerOf).values()].flatMap((group) => {
    const count = sumOf(group, seatsOf);
    const limit = Math.max(...group.map((order) => order.purchaseLimit ?? 0));
    const [first] = group;
    return first === undefined || count <= limit
      ? []
      : [
          violation(
            'I16',
            first.id,
            `User ${first.userId} has ${count} tickets of an event that sells ${limit}.`,
          ),
        ];
  });
}

/** The counter of a buyer is the sum of what that buyer's orders count. */
function miscounted(books: Books): readonly Violation[] {
  const claims = groupedBy(books.orders.limitClaims, buyerOf);
  const usage = groupedBy(books.orders.usage, buyerOf);
  return [...new Set([...claims.keys(), ...usage.keys()])].flatMap((buyer) => {
    const claimed = sumOf(claims.get(buyer) ?? [], (claim) => claim.quantity);
    const counted = sumOf(usage.get(buyer) ?? [], (row) => row.quantity);
    const orderId = claims.get(buyer)?.[0]?.orderId ?? null;
    return claimed === counted
      ? []
      : [
          violation(
            'I16',
            orderId,
            `A buyer is counted with ${counted} tickets; the orders count ${claimed}.`,
          ),
        ];
  });
}

function overusedCodes(books: Books): readonly Violation[] {
  const { promoCodes, redemptions } = books.orders;
  const inUse = groupedBy(
    redemptions.filter((redemption) => !redemption.isGivenBack),
    (redemption) => redemption.promoCodeId,
  );
  return promoCodes.flatMap((code) => {
    const uses = inUse.get(code.id) ?? [];
    const perBuyer = Math.max(
      0,
      ...[...groupedBy(uses, (use) => use.userId).values()].map((of) => of.length),
    );
    if (uses.length !== code.redemptions)
      return [
        violation(
          'I16',
          null,
          `Promo code ${code.id} counts ${code.redemptions} uses and has ${uses.length}.`,
        ),
      ];
    return uses.length <= (code.maxRedemptions ?? Infinity) &&
      perBuyer <= (code.maxRedemptionsPerBuyer ?? Infinity)
      ? []
      : [
          violation(
            'I16',
            null,
            `Promo code ${code.id} was used ${uses.length} times, ${perBuyer} by one buyer.`,
          ),
        ];
  });
}
