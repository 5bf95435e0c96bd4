import { aPayment, anOrder, NOW } from '../testing/builders.js';
import {
  currentPayment,
  isOverdue,
  moved,
  totalQuantity,
  withOperation,
  withoutOperation,
  type OperationCause,
} from './order.js';

const LATER = new Date('2026-06-01T12:05:00Z');
const buyer: OperationCause = { actor: { kind: 'user', id: 'u' }, reason: 'ill', requestId: 'r-1' };
const system: OperationCause = { actor: { kind: 'system', id: 'worker' }, reason: null, requestId: null };

const running = anOrder({
  status: 'RESERVED',
  op: 'expiring',
  opFence: 4,
  opLeaseUntil: LATER,
  opDueAt: LATER,
  opStartedAt: NOW,
  opCause: system,
  expiresAt: NOW,
  version: 7,
  eventSequence: 3,
  auditSequence: 9,
});

describe('an order that a verb has moved', () => {
  it('has the new status, its instant, the next numbers, and no operation any more', () => {
    const after = moved(running, 'expire', LATER);
    expect(after).toMatchObject({
      status: 'EXPIRED',
      expiredAt: LATER,
      updatedAt: LATER,
      version: 8,
      eventSequence: 4,
      auditSequence: 10,
      op: null,
      opLeaseUntil: null,
      opDueAt: null,
      opStartedAt: null,
      opCause: null,
      opFence: 4,
      confirmedAt: null,
    });
  });

  it('counts every event the verb sends, two for a recovery', () => {
    const late = anOrder({ status: 'EXPIRED', eventSequence: 5 });
    expect(moved(late, 'recover', LATER)).toMatchObject({ eventSequence: 7, confirmedAt: LATER });
  });

  it('has a deadline only while it waits for its buyer', () => {
    const pending = anOrder({ status: 'PENDING', expiresAt: NOW });
    expect(moved(pending, 'reserve', LATER).expiresAt).toBe(NOW);
    expect(moved(pending, 'reserve', LATER, { expiresAt: LATER }).expiresAt).toBe(LATER);
    expect(moved(pending, 'cancel', LATER).expiresAt).toBeNull();
    expect(moved(running, 'confirm', LATER).expiresAt).toBeNull();
  });

  it('takes along what the verb brings', () => {
    expect(moved(running, 'cancel', LATER, { cancelReason: 'ill' })).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'ill',
    });
  });

  it('is never one that the table does not let move', () => {
    expect(() => moved(anOrder({ status: 'CANCELLED' }), 'confirm', LATER)).toThrow('ORDER_STATE_CONFLICT');
  });
});

describe('an operation on an order', () => {
  const idle = withoutOperation(running);
  const asked = { kind: 'cancelling', now: LATER, leaseUntil: LATER, dueAt: NOW, cause: buyer } as const;

  it('begins with a lease, a due time, a cause and the next fence', () => {
    expect(withOperation(idle, asked)).toMatchObject({
      op: 'cancelling',
      opFence: 5,
      opLeaseUntil: LATER,
      opDueAt: NOW,
      opStartedAt: LATER,
      opCause: buyer,
    });
  });

  it('keeps its start and its cause when somebody takes it over, and fences the earlier holder off', () => {
    expect(withOperation(running, { ...asked, kind: 'expiring' })).toMatchObject({
      op: 'expiring',
      opFence: 5,
      opStartedAt: NOW,
      opCause: system,
      opLeaseUntil: LATER,
    });
  });

  it('that lost its cause gets the one of who takes it over', () => {
    expect(withOperation({ ...running, opCause: null }, { ...asked, kind: 'expiring' }).opCause).toBe(buyer);
  });

  it('of another kind starts afresh', () => {
    expect(withOperation(running, asked)).toMatchObject({ opStartedAt: LATER, opCause: buyer });
  });

  it('leaves nothing but its fence when it ends', () => {
    expect(idle).toMatchObject({
      op: null,
      opFence: 4,
      opLeaseUntil: null,
      opDueAt: null,
      opStartedAt: null,
      opCause: null,
      status: 'RESERVED',
      version: 7,
    });
  });
});

describe('an order', () => {
  it('is paid by the intent it names, and by no other', () => {
    const second = aPayment({ paymentIntentId: 'second' });
    const order = anOrder({ paymentIntentId: 'second', payments: [aPayment(), second] });
    expect(currentPayment(order)).toBe(second);
    expect(currentPayment({ ...order, paymentIntentId: 'third' })).toBeNull();
    expect(currentPayment({ ...order, paymentIntentId: null })).toBeNull();
  });

  it('has as many tickets as all its lines together', () => {
    const [item] = anOrder().items;
    if (item === undefined) throw new Error('the order has a line');
    expect(totalQuantity({ items: [item, { ...item, quantity: 3 }] })).toBe(5);
    expect(totalQuantity({ items: [] })).toBe(0);
  });

  it('is overdue from its deadline on', () => {
    const order = anOrder({ expiresAt: NOW });
    expect(isOverdue(order, new Date(NOW.getTime() - 1))).toBe(false);
    expect(isOverdue(order, NOW)).toBe(true);
    expect(isOverdue(order, LATER)).toBe(true);
    expect(isOverdue(anOrder({ expiresAt: null }), LATER)).toBe(false);
  });
});
