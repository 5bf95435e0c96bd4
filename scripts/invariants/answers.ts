import { z } from 'zod';
import {
  violation,
  type Books,
  type Exchange,
  type HistoryRow,
  type OrderRow,
  type RefundRow,
  type Violation,
} from './books.js';
import { byOrder, groupedBy } from './grouping.js';

const orderAnswer = z.object({
  id: z.string(),
  orderNumber: z.string(),
  status: z.string(),
  version: z.number(),
  totalCents: z.number(),
  payment: z.object({ intentId: z.string() }).nullish(),
});
type OrderAnswer = z.infer<typeof orderAnswer>;
const refundAnswer = z.object({ id: z.string(), orderId: z.string(), amountCents: z.number() });

/** Statuses an order never leaves for one that would make an earlier answer a lie. */
const FOR_GOOD: ReadonlySet<string> = new Set(['CANCELLED', 'REFUNDED']);

/** The books by what an answer names. */
interface Known {
  readonly orders: ReadonlyMap<string, OrderRow>;
  readonly refunds: ReadonlyMap<string, RefundRow>;
  readonly historyOf: (orderId: string) => readonly HistoryRow[];
  readonly intentsOf: (orderId: string) => Books['siblings']['intents'];
}

/** I10: every answer a client got is still true, and one key has one answer. */
export function checkAnswers(books: Books): readonly Violation[] {
  const known: Known = {
    orders: new Map(books.orders.orders.map((order) => [order.id, order])),
    refunds: new Map(books.orders.refunds.map((refund) => [refund.id, refund])),
    historyOf: byOrder(books.orders.history),
    intentsOf: byOrder(books.siblings.intents),
  };
  return [...twoAnswers(books.exchanges), ...books.exchanges.flatMap((exchange) => untrue(known, exchange))];
}

/** Only successes are remembered for ever; a refusal may be decided afresh. */
function twoAnswers(exchanges: readonly Exchange[]): readonly Violation[] {
  const keyed = exchanges.filter(
    ({ key, answer }) => key !== null && answer !== null && answer.status >= 200 && answer.status < 202,
  );
  return [...groupedBy(keyed, ({ key, method, path }) => `${key ?? ''} ${method} ${path}`).values()].flatMap(
    (group) => {
      const [first, ...others] = group.map(({ answer }) => lasting(answer?.body));
      const isOne = others.every((other) => other === first);
      const path = group[0]?.path ?? '';
      return isOne ? [] : [violation('I10', null, `One key got two different answers from ${path}.`)];
    },
  );
}

/** The body without what is computed while answering. */
function lasting(body: unknown): string {
  return JSON.stringify(body, (name, value: unknown) => (name === 'expiresInSeconds' ? undefined : value));
}

function untrue(known: Known, { path, answer }: Exchange): readonly Violation[] {
  if (answer === null || answer.status < 200 || answer.status >= 300) return [];
  const refund = refundAnswer.safeParse(answer.body).data;
  if (refund !== undefined) return untrueRefund(known, refund);
  const told = orderAnswer.safeParse(answer.body).data;
  if (told === undefined) return [];
  const order = known.orders.get(told.id);
  if (order === undefined)
    return [violation('I10', told.id, `${path} told of ${told.orderNumber}, which does not exist.`)];
  return [...untrueOrder(known, order, told), ...unknownIntent(known, told)];
}

function untrueOrder(known: Known, order: OrderRow, told: OrderAnswer): readonly Violation[] {
  const wasThere = known.historyOf(order.id).some((entry) => entry.toStatus === told.status);
  if (!wasThere)
    return [violation('I10', order.id, `A client was told ${told.status}, which the order never was.`)];
  if (FOR_GOOD.has(told.status) && order.status !== told.status)
    return [violation('I10', order.id, `A client was told ${told.status}; the order is ${order.status}.`)];
  if (told.version > order.version)
    return [violation('I10', order.id, `A client saw version ${told.version} of ${order.version}.`)];
  return told.totalCents === order.totalCents
    ? []
    : [
        violation(
          'I10',
          order.id,
          `A client was told ${told.totalCents} cents, the order costs ${order.totalCents}.`,
        ),
      ];
}

function unknownIntent(known: Known, told: OrderAnswer): readonly Violation[] {
  const intentId = told.payment?.intentId;
  const isKnown =
    intentId === undefined || known.intentsOf(told.id).some((intent) => intent.paymentIntentId === intentId);
  return isKnown
    ? []
    : [violation('I10', told.id, `A client was told to pay ${intentId}, which payment-service has not.`)];
}

function untrueRefund(known: Known, told: z.infer<typeof refundAnswer>): readonly Violation[] {
  const refund = known.refunds.get(told.id);
  return refund?.amountCents === told.amountCents
    ? []
    : [
        violation(
          'I10',
          told.orderId,
          `A client was promised ${told.amountCents} cents back by refund ${told.id}; it is ${refund?.amountCents ?? 'not there'}.`,
        ),
      ];
}
