import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import { FencedOff, type Transaction } from '@app/platform';
import type {
  Order,
  OrderAddress,
  OrderDiscount,
  OrderItem,
  OrderPayment,
  OrderTicket,
} from '../domain/order.js';
import { OrderMetrics } from './order-metrics.js';
import { ORDER_SELECT, orderSetList, orderSetValues } from './order-columns.js';

type OrderRow = Omit<
  Order,
  'items' | 'tickets' | 'discounts' | 'payments' | 'billingAddress' | 'shippingAddress'
>;

interface OrderParts {
  readonly orderId: string;
  readonly items: readonly OrderItem[];
  readonly tickets: readonly OrderTicket[];
  readonly discounts: readonly OrderDiscount[];
  readonly payments: readonly OrderPayment[];
  readonly addresses: readonly (OrderAddress & { readonly kind: 'billing' | 'shipping' })[];
}

/** The parts of many orders in one statement: an order is always loaded whole. */
const PARTS_SQL = `
  select o.id as "orderId",
    coalesce((select jsonb_agg(jsonb_build_object(
        'id', i.id, 'position', i.position, 'ticketTypeId', i.ticket_type_id, 'name', i.name, 'quantity', i.quantity,
        'unitPriceCents', i.unit_price_cents, 'totalPriceCents', i.total_price_cents, 'refundedQuantity', i.refunded_quantity,
        'allocation', jsonb_build_object('subtotalCents', i.unit_subtotal_cents, 'discountCents', i.unit_discount_cents,
          'platformFeeCents', i.unit_platform_fee_cents, 'processingFeeCents', i.unit_processing_fee_cents, 'taxCents', i.unit_tax_cents)
      ) order by i.position) from order_items i where i.tenant_id = o.tenant_id and i.order_id = o.id), '[]') as items,
    coalesce((select jsonb_agg(jsonb_build_object(
        'id', t.id, 'itemId', t.item_id, 'ticketTypeId', t.ticket_type_id, 'unit', t.unit, 'status', t.status, 'generation', t.generation
      ) order by t.item_id, t.unit) from order_tickets t where t.tenant_id = o.tenant_id and t.order_id = o.id), '[]') as tickets,
    coalesce((select jsonb_agg(jsonb_build_object(
        'code', d.code, 'promoCodeId', d.promo_code_id, 'amountCents', d.amount_cents
      ) order by d.code) from order_discounts d where d.tenant_id = o.tenant_id and d.order_id = o.id), '[]') as discounts,
    coalesce((select jsonb_agg(jsonb_build_object(
        'paymentIntentId', p.payment_intent_id, 'generation', p.generation, 'amountCents', p.amount_cents, 'currency', p.currency,
        'status', p.status, 'receivedCents', p.received_cents, 'refundReservedCents', p.refund_reserved_cents,
        'clientSecretSealed', p.client_secret_sealed
      ) order by p.created_at, p.payment_intent_id) from order_payments p where p.tenant_id = o.tenant_id and p.order_id = o.id), '[]') as payments,
    coalesce((select jsonb_agg(jsonb_build_object(
        'kind', a.kind, 'name', a.name, 'email', a.email, 'phone', a.phone, 'line1', a.line1, 'line2', a.line2, 'city', a.city,
        'region', a.region, 'postalCode', a.postal_code, 'country', a.country
      )) from order_addresses a where a.tenant_id = o.tenant_id and a.order_id = o.id), '[]') as addresses
  from orders o
  where o.tenant_id = $1 and o.id = any ($2::uuid[])`;

/** Reads whole orders and writes the one guarded update that changes them. */
@Injectable()
export class OrdersStore {
  constructor(private readonly metrics: OrderMetrics) {}

  /** The order, or null; `userId` limits it to its owner. */
  async find(
    tx: Transaction,
    orderId: string,
    options: { readonly userId?: string; readonly lock?: boolean } = {},
  ): Promise<Order | null> {
    const [order] = await this.findMany(
      tx,
      `where o.tenant_id = $1 and o.id = $2 and ($3::uuid is null or o.user_id = $3)${options.lock === true ? ' for update' : ''}`,
      [tx.tenant(), orderId, options.userId ?? null],
    );
    return order ?? null;
  }

  /** @throws ORDER_NOT_FOUND when it does not exist, or not for this user */
  async get(
    tx: Transaction,
    orderId: string,
    options: { readonly userId?: string; readonly lock?: boolean } = {},
  ): Promise<Order> {
    const order = await this.find(tx, orderId, options);
    if (order === null) throw new AppError('ORDER_NOT_FOUND');
    return order;
  }

  /**
   * Whole orders for a condition of the caller (`where …`, `order by …`, `limit …`), in its order.
   * The order rows are read, and locked where asked, before their parts: parts read in the same statement as the lock
   * would be older than the row the lock waited for.
   */
  async findMany(
    tx: Transaction,
    condition: string,
    parameters: readonly unknown[],
  ): Promise<readonly Order[]> {
    const rows = await tx.query<OrderRow>(`select ${ORDER_SELECT} from orders o ${condition}`, parameters);
    if (rows.length === 0) return [];
    const parts = await tx.query<OrderParts>(PARTS_SQL, [tx.tenant(), rows.map((row) => row.id)]);
    const byId = new Map(parts.map((part) => [part.orderId, part]));
    return rows.map((row) => assemble(row, byId.get(row.id)));
  }

  /**
   * Writes `next` over `previous` in one guarded statement. A change of status writes its history by trigger.
   * @throws FencedOff when version, status or fence are no longer those of `previous`: somebody else was faster
   */
  async save(tx: Transaction, previous: Order, next: Order): Promise<void> {
    const changed = await tx.execute(
      `update orders set ${orderSetList(6)}
       where tenant_id = $1 and id = $2 and version = $3 and status = $4 and op_fence = $5`,
      [
        previous.tenantId,
        previous.id,
        previous.version,
        previous.status,
        previous.opFence,
        ...orderSetValues(next),
      ],
    );
    if (changed !== 1) throw new FencedOff(`order ${previous.id} was changed meanwhile`);
    if (previous.status !== next.status) this.count(tx, previous, next);
  }

  /**
   * Writes the expiry of many PENDING orders in one guarded statement; they are locked by this transaction.
   * @throws FencedOff when one of them is not what it was
   */
  async saveExpired(
    tx: Transaction,
    moves: readonly { readonly previous: Order; readonly next: Order }[],
  ): Promise<void> {
    const changed = await tx.execute(
      `update orders o
          set status = 'EXPIRED', version = r."nextVersion", event_sequence = r."eventSequence", expires_at = null, expired_at = now()
         from jsonb_to_recordset($2) as r (id uuid, version integer, "nextVersion" integer, "eventSequence" integer)
        where o.tenant_id = $1 and o.id = r.id and o.version = r.version and o.status = 'PENDING' and o.op is null`,
      [
        tx.tenant(),
        JSON.stringify(
          moves.map(({ previous, next }) => ({
            id: previous.id,
            version: previous.version,
            nextVersion: next.version,
            eventSequence: next.eventSequence,
          })),
        ),
      ],
    );
    if (changed !== moves.length) throw new FencedOff('an overdue order was changed meanwhile');
    for (const { previous, next } of moves) this.count(tx, previous, next);
  }

  private count(tx: Transaction, previous: Order, next: Order): void {
    tx.afterCommit(() => {
      this.metrics.moved(previous, next);
    });
  }
}

function assemble(row: OrderRow, parts: OrderParts | undefined): Order {
  if (parts === undefined) throw new Error(`Order ${row.id} was read without its parts.`);
  return {
    ...row,
    items: parts.items,
    tickets: parts.tickets,
    discounts: parts.discounts,
    payments: parts.payments,
    billingAddress: addressOf(parts, 'billing'),
    shippingAddress: addressOf(parts, 'shipping'),
  };
}

function addressOf(parts: OrderParts, kind: 'billing' | 'shipping'): OrderAddress | null {
  const found = parts.addresses.find((address) => address.kind === kind);
  if (found === undefined) return null;
  const { kind: _kind, ...address } = found;
  return address;
}
