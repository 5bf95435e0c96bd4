import type { Order } from '../domain/order.js';
import type { OrderRefund } from '../domain/refund.js';
import { allowedActions, type Operation } from '../domain/state-machine.js';
import type { EffectRecord } from '../persistence/effect-records.store.js';
import type { Finding } from '../persistence/findings.store.js';

export interface NextFacts {
  readonly order: Order;
  readonly effects: readonly EffectRecord[];
  readonly refunds: readonly OrderRefund[];
  readonly findings: readonly Finding[];
}

const UNDER_WAY: Readonly<Record<Operation, string>> = {
  reserving: 'It is being reserved. When nobody comes back for it, what it has taken is given back',
  cancelling:
    'It is being cancelled and waits for payment-service to say that it cannot be paid any more. It is asked again',
  expiring:
    'It is expiring and waits for payment-service to say that it cannot be paid any more. It is asked again',
  recovering: 'A late payment is being honoured: its tickets are taken again. It is tried again',
};

/** What may happen to an order next, in plain sentences; never empty. */
export function nextSteps({ order, effects, refunds, findings }: NextFacts): readonly string[] {
  const actions = allowedActions(order);
  const steps = [
    ...operationStep(order),
    ...deadlineStep(order),
    ...effects.flatMap(effectStep),
    ...refunds
      .filter((refund) => refund.status === 'PENDING')
      .map(
        (refund) =>
          `Refund ${refund.id} of ${refund.amountCents} ${refund.currency} (minor units) is on its way and has not succeeded yet.`,
      ),
    ...(order.disputed ? ['The payment is disputed: nothing is paid back until the dispute is closed.'] : []),
    ...findings.map(
      (finding) =>
        `Finding ${finding.kind} is ${finding.state} since ${finding.firstSeenAt.toISOString()}: POST /api/v1/findings/${finding.id}/resolve once it is settled.`,
    ),
    ...(actions.length === 0 ? [] : [`A client may now: ${actions.join(', ')}.`]),
  ];
  return steps.length === 0 ? ['Nothing more happens to it by itself.'] : steps;
}

function operationStep(order: Order): readonly string[] {
  if (order.op === null) return [];
  return [`${UNDER_WAY[order.op]}${order.opDueAt === null ? '' : ` at ${order.opDueAt.toISOString()}`}.`];
}

function deadlineStep(order: Order): readonly string[] {
  if (order.expiresAt === null) return [];
  const unless = order.status === 'PENDING' ? 'reserved' : 'paid';
  return [`It expires at ${order.expiresAt.toISOString()} unless it is ${unless} or cancelled before.`];
}

function effectStep(effect: EffectRecord): readonly string[] {
  const { kind, state, attempts, dueAt, outcome } = effect;
  if (state === 'parked')
    return [
      `${kind} is parked after ${attempts} attempts (${reasonOf(outcome)}): POST /api/v1/effects/${effect.id}/retry sends it again.`,
    ];
  if (state === 'armed')
    return [`${kind} is kept ready to take the reservation back, should nobody finish it.`];
  if (state !== 'pending' || effect.queue === 'operation') return [];
  const tried =
    attempts === 0 ? 'has not been sent yet' : `was sent ${attempts} times (${reasonOf(outcome)})`;
  return [`${kind} ${tried} and is due${dueAt === null ? '' : ` at ${dueAt.toISOString()}`}.`];
}

function reasonOf(outcome: EffectRecord['outcome']): string {
  const said = outcome?.['code'] ?? outcome?.['reason'] ?? outcome?.['status'];
  return typeof said === 'string' ? `last: ${said}` : 'no answer yet';
}
