import { Injectable } from '@nestjs/common';
import { uuidv7 } from '@app/kernel';
import type { Transaction } from '@app/platform';
import type { Order } from '../domain/order.js';
import type { OrderEventType, OrderStatus } from '../domain/state-machine.js';
import { cloudEvent } from './order-event.js';

export interface NewEvent {
  readonly type: OrderEventType;
  /** The order as the event shows it. */
  readonly order: Order;
  readonly previousStatus: OrderStatus | null;
  readonly also?: Readonly<Record<string, unknown>>;
  readonly traceparent?: string;
}

export interface OutboxRecord {
  readonly id: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly type: OrderEventType;
  readonly payload: object;
}

/** Rows of the outbox for events that leave together, in their order; those of one order take its last event numbers. */
export function outboxRecords(
  { now, traceparent }: Pick<Transaction, 'now' | 'traceparent'>,
  events: readonly NewEvent[],
): readonly OutboxRecord[] {
  return events.map((event, index) => {
    const id = uuidv7(now.getTime());
    const followers = events.slice(index + 1).filter((later) => later.order.id === event.order.id).length;
    const sequence = event.order.eventSequence - followers;
    return {
      id,
      orderId: event.order.id,
      sequence,
      type: event.type,
      payload: cloudEvent({
        ...(traceparent === null ? {} : { traceparent }),
        ...event,
        id,
        sequence,
        now,
      }),
    };
  });
}

/** Writes events beside the change they tell of; the relay publishes them after the commit. */
@Injectable()
export class OutboxStore {
  async append(tx: Transaction, events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    await tx.execute(
      `insert into outbox (tenant_id, id, order_id, event_sequence, type, payload, created_at)
       select $1, r.id, r."orderId", r.sequence, r.type, r.payload, now()
         from jsonb_to_recordset($2) as r (id uuid, "orderId" uuid, sequence integer, type text, payload jsonb)`,
      [tx.tenant(), JSON.stringify(outboxRecords(tx, events))],
    );
  }
}
