import { errorRow, ERROR_CODES } from '@app/kernel';
import {
  allowedActions,
  EFFECT_KINDS,
  EFFECTS,
  OPERATION_VERB,
  OPERATIONS,
  ORDER_STATUSES,
  PAYMENT_FACTS,
  PAYMENT_OUTCOMES,
  verb,
  VERB_NAMES,
  type EffectRow,
} from '@app/orders';
import { code, page, table } from './markdown.js';

export function errorsPage(): string {
  const rows = ERROR_CODES.map((name) => ({ name, row: errorRow(name) }));
  const byStatus = rows.sort((a, b) => a.row.status - b.row.status);
  return page(
    'Errors',
    'Every `code` of a problem document. With a number under "retry after" the same request may be sent again after as many seconds; "replayed" refusals are given again for an hour under the same `Idempotency-Key`.',
    table(
      ['status', 'code', 'what it says', 'retry after', 'under the same key'],
      byStatus.map(({ name, row }) => [
        String(row.status),
        code(name),
        row.detail,
        row.retryAfterSeconds === undefined ? '' : `${row.retryAfterSeconds} s`,
        row.replay === 'stored' ? 'replayed' : 'decided afresh',
      ]),
    ),
  );
}

export function stateMachinePage(): string {
  const arrows = VERB_NAMES.flatMap((name) =>
    verb(name).from.map((from) => `  ${from} --> ${verb(name).to}: ${name}`),
  );
  const ends = ORDER_STATUSES.filter((status) =>
    VERB_NAMES.every((name) => !verb(name).from.includes(status)),
  );
  return page(
    'The states of an order',
    'There is no other way for an order to change its status; a trigger in the database holds the same table.',
    [
      '```mermaid',
      'stateDiagram-v2',
      '  [*] --> PENDING: create',
      ...arrows,
      ...ends.map((status) => `  ${status} --> [*]`),
      '```',
    ].join('\n'),
    table(
      ['verb', 'from', 'to', 'events'],
      VERB_NAMES.map((name) => [
        code(name),
        verb(name).from.join(', '),
        verb(name).to,
        verb(name).events.map(code).join(', '),
      ]),
    ),
    '## What a client may ask for',
    table(
      ['status', '`allowedActions`'],
      ORDER_STATUSES.map((status) => [status, allowedActions({ status, op: null }).map(code).join(', ')]),
    ),
    '## Operations',
    'While one runs, every other verb is answered `ORDER_BUSY`, and the order shows a `pendingAction`.',
    table(
      ['operation', '`pendingAction`'],
      OPERATIONS.map((operation) => [operation, code(OPERATION_VERB[operation])]),
    ),
  );
}

export function effectsPage(): string {
  return page(
    'Effects on siblings',
    'Written down with key and bytes before anything is sent, and repeated with the same until the outcome is known.',
    table(
      ['effect', 'sibling', 'key'],
      EFFECT_KINDS.map((kind) => {
        const row: EffectRow = EFFECTS[kind];
        const rest = kind === 'payments.refund' ? '<refundId>' : '<orderId>:<generation>';
        return [code(kind), row.upstream, code(`${row.keyPrefix}:${rest}`)];
      }),
    ),
  );
}

export function paymentOutcomesPage(): string {
  return page(
    'What money means',
    'What payment-service says of an intent of the order, held against the status the order is in.',
    table(
      ['', ...ORDER_STATUSES],
      PAYMENT_FACTS.map((fact) => [fact, ...ORDER_STATUSES.map((status) => PAYMENT_OUTCOMES[fact][status])]),
    ),
  );
}
