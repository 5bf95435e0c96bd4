import { violation, type Books, type ItemRow, type OrderRow, type Violation } from './books.js';
import { byOrder, sumOf } from './grouping.js';

/** I14: the money of an order adds up, in whole cents that a double can hold. */
export function checkSums(books: Books): readonly Violation[] {
  const itemsOf = byOrder(books.orders.items);
  const refundsOf = byOrder(books.orders.refunds);
  return [
    ...books.orders.orders.flatMap((order) => [
      ...notWhole(order.id, orderAmounts(order)),
      ...wrongTotals(order, itemsOf(order.id)),
      ...refundsOf(order.id).flatMap((refund) => [
        ...notWhole(order.id, { refund: refund.amountCents }),
        ...(refund.kind === 'payment' || refund.itemsCents === refund.amountCents
          ? []
          : [
              violation(
                'I14',
                order.id,
                `Refund ${refund.id} pays ${refund.amountCents} cents, its lines ${refund.itemsCents}.`,
              ),
            ]),
      ]),
      ...wrongRefundTotals(order, refundsOf(order.id)),
    ]),
    ...books.orders.items.flatMap((item) => [
      ...notWhole(item.orderId, { unitPrice: item.unitPriceCents, linePrice: item.totalPriceCents }),
      ...(item.unitPriceCents * item.quantity === item.totalPriceCents
        ? []
        : [
            violation(
              'I14',
              item.orderId,
              `${item.quantity} × ${item.unitPriceCents} cents are not ${item.totalPriceCents}.`,
            ),
          ]),
    ]),
  ];
}

function orderAmounts(order: OrderRow): Readonly<Record<string, number>> {
  const { subtotalCents, discountCents, platformFeeCents, processingFeeCents, taxCents } = order;
  const { totalCents, refundedCents, pendingRefundCents } = order;
  return {
    subtotal: subtotalCents,
    discount: discountCents,
    platformFee: platformFeeCents,
    processingFee: processingFeeCents,
    tax: taxCents,
    total: totalCents,
    refunded: refundedCents,
    pendingRefund: pendingRefundCents,
  };
}

function notWhole(orderId: string, amounts: Readonly<Record<string, number>>): readonly Violation[] {
  return Object.entries(amounts)
    .filter(([, cents]) => !Number.isSafeInteger(cents) || cents < 0)
    .map(([name, cents]) => violation('I14', orderId, `${name} is ${cents}, not a whole amount of cents.`));
}

function wrongTotals(order: OrderRow, items: readonly ItemRow[]): readonly Violation[] {
  const { subtotalCents, discountCents, platformFeeCents, processingFeeCents, taxCents, totalCents } = order;
  const partsCents = subtotalCents - discountCents + platformFeeCents + processingFeeCents + taxCents;
  const linesCents = sumOf(items, (item) => item.totalPriceCents);
  const unitsCents = sumOf(items, (item) => item.allocatedCents);
  return [
    ...(partsCents === totalCents
      ? []
      : [violation('I14', order.id, `Its parts make ${partsCents} cents, its total is ${totalCents}.`)]),
    ...(linesCents === subtotalCents
      ? []
      : [
          violation('I14', order.id, `Its lines make ${linesCents} cents, its subtotal is ${subtotalCents}.`),
        ]),
    ...(unitsCents === totalCents
      ? []
      : [violation('I14', order.id, `Its units make ${unitsCents} cents, its total is ${totalCents}.`)]),
  ];
}

/** What the order shows as refunded and pending is what its refunds say. */
function wrongRefundTotals(
  order: OrderRow,
  refunds: readonly {
    readonly paymentIntentId: string;
    readonly status: string;
    readonly amountCents: number;
  }[],
): readonly Violation[] {
  const of = (status: string): number =>
    sumOf(
      refunds.filter(
        (refund) => refund.status === status && refund.paymentIntentId === order.paymentIntentId,
      ),
      (refund) => refund.amountCents,
    );
  return of('SUCCEEDED') === order.refundedCents && of('PENDING') === order.pendingRefundCents
    ? []
    : [
        violation(
          'I14',
          order.id,
          `It shows ${order.refundedCents} cents refunded and ${order.pendingRefundCents} pending; its refunds say ${of('SUCCEEDED')} and ${of('PENDING')}.`,
        ),
      ];
}
