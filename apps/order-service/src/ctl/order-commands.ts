import type { OrderServiceClient, Schemas } from '@app/client';
import { serviceClient, type CommandGroup } from './ctl-context.js';
import { CtlError } from './ctl-error.js';
import { EFFECT_HEADINGS, effectRow } from './effect-commands.js';
import { FINDING_HEADINGS, findingRow } from './finding-commands.js';
import { jsonOption } from './options.js';
import { tell } from './output.js';
import { money, plain, sheet, table, when } from './render.js';

type Explanation = Schemas['ExplanationDto'];
type Chapter = readonly [title: string, headings: readonly string[], rows: readonly (readonly string[])[]];

const ORDER_NUMBER = /^ORD-/i;

/** One order's whole story. */
export const orderCommands: CommandGroup = (program, context) => {
  program
    .command('order')
    .description('orders: explain')
    .command('explain')
    .argument('<order>', 'its id, or its number ORD-…')
    .description('what happened to an order, what was said to whom, and what may happen next')
    .addOption(jsonOption())
    .action(async (order: string, { json }: { readonly json?: true }) => {
      const client = serviceClient(context);
      const orderId = ORDER_NUMBER.test(order) ? await idOf(order, client) : order;
      const story = await client.get('/api/v1/orders/{orderId}/explain', { path: { orderId } });
      tell(context, json, story, () => explained(story, context.now));
    });
};

/** @throws CtlError when the tenant has no such order */
async function idOf(number: string, client: OrderServiceClient): Promise<string> {
  const orderNumber = number.toUpperCase();
  const { data } = await client.get('/api/v1/orders', { query: { orderNumber } });
  const [order] = data;
  if (order === undefined)
    throw new CtlError('refused', `There is no order with the number ${plain(orderNumber)}.`);
  return order.id;
}

/** Chapters without a row are left out. */
function explained(story: Explanation, now: Date): string {
  const chapters = [...moneyChapters(story, now), ...eventChapters(story, now)]
    .filter(([, , rows]) => rows.length > 0)
    .map(([title, headings, rows]) => `${title}\n${table(headings, rows)}`);
  const next = story.next.map((sentence) => `- ${plain(sentence)}`).join('\n');
  return [facts(story, now), ...chapters, `Next\n${next}`].join('\n\n');
}

function facts({ order }: Explanation, now: Date): string {
  const { currency } = order;
  const back = order.refundedCents + order.pendingRefundCents;
  return sheet([
    ['order', `${order.orderNumber}, ${order.id}`],
    ['status', `${order.status}, version ${order.version}`],
    ['total', money(order.totalCents, currency)],
    [
      'paid back',
      back === 0
        ? '-'
        : `${money(order.refundedCents, currency)}, ${money(order.pendingRefundCents, currency)} on its way`,
    ],
    ['under way', order.pendingAction ?? '-'],
    ['deadline', when(order.expiresAt, now)],
    ['created', when(order.createdAt, now)],
    ['buyer', order.userId],
    ['event', order.eventId],
    [
      'tickets',
      order.tickets.length === 0 ? '-' : order.tickets.map(({ id, status }) => `${id} ${status}`).join(', '),
    ],
  ]);
}

function moneyChapters(
  { order, payments, refunds, latePayments }: Explanation,
  now: Date,
): readonly Chapter[] {
  return [
    [
      'Payments',
      ['intent', 'status', 'asked', 'received', 'set aside for refunds', 'pays the order'],
      payments.map((payment) => [
        plain(payment.paymentIntentId),
        payment.status,
        money(payment.amountCents, payment.currency),
        money(payment.receivedCents, payment.currency),
        money(payment.refundReservedCents, payment.currency),
        payment.isCurrent ? 'yes' : 'no',
      ]),
    ],
    [
      'Refunds',
      ['id', 'kind', 'status', 'amount', 'asked for', 'settled', 'failure', 'reason'],
      refunds.map((refund) => [
        refund.id,
        refund.kind,
        refund.status,
        money(refund.amountCents, refund.currency),
        when(refund.createdAt, now),
        when(refund.settledAt, now),
        plain(refund.failureCode ?? '-'),
        plain(refund.reason),
      ]),
    ],
    [
      'Late payments',
      ['intent', 'order was', 'received', 'outcome', 'at'],
      latePayments.map((late) => [
        plain(late.paymentIntentId),
        late.orderStatus,
        money(late.receivedCents, order.currency),
        late.outcome,
        when(late.createdAt, now),
      ]),
    ],
  ];
}

function eventChapters({ calls, findings, messages, timeline }: Explanation, now: Date): readonly Chapter[] {
  return [
    ['Calls to siblings', EFFECT_HEADINGS, calls.map((call) => effectRow(call, now))],
    ['Findings', FINDING_HEADINGS, findings.map((finding) => findingRow(finding, now))],
    [
      'Messages',
      ['no', 'type', 'written', 'published', 'tries'],
      messages.map(({ sequence, type, createdAt, publishedAt, attempts }) => [
        String(sequence),
        type,
        when(createdAt, now),
        when(publishedAt, now),
        String(attempts),
      ]),
    ],
    [
      'Timeline',
      ['at', 'source', 'by', 'request', 'what'],
      timeline.map(({ at, source, what, by, requestId }) => [
        when(at, now),
        source,
        plain(by ?? '-'),
        plain(requestId ?? '-'),
        plain(what),
      ]),
    ],
  ];
}
