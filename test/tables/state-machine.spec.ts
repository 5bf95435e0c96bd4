import { isAppError } from '@app/kernel';
import {
  allowedActions,
  decide,
  OPERATIONS,
  ORDER_EVENT_TYPES,
  ORDER_STATUSES,
  verb,
  VERB_NAMES,
  type OrderStatus,
  type VerbName,
} from '../../libs/orders/src/domain/state-machine.js';

/** The only pairs there are, written down a second time on purpose. */
const TRANSITIONS: readonly (readonly [OrderStatus, VerbName, OrderStatus])[] = [
  ['PENDING', 'reserve', 'RESERVED'],
  ['PENDING', 'cancel', 'CANCELLED'],
  ['PENDING', 'expire', 'EXPIRED'],
  ['RESERVED', 'confirm', 'CONFIRMED'],
  ['RESERVED', 'cancel', 'CANCELLED'],
  ['RESERVED', 'expire', 'EXPIRED'],
  ['CONFIRMED', 'complete', 'COMPLETED'],
  ['CONFIRMED', 'cancel', 'CANCELLED'],
  ['CONFIRMED', 'refund', 'REFUNDED'],
  ['CONFIRMED', 'revoke', 'CANCELLED'],
  ['COMPLETED', 'refund', 'REFUNDED'],
  ['EXPIRED', 'recover', 'CONFIRMED'],
];

const PAIRS = ORDER_STATUSES.flatMap((status) => VERB_NAMES.map((name) => [status, name] as const));

function outcome(status: OrderStatus, name: VerbName): string {
  try {
    return decide({ status, op: null }, name).to;
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

describe('the states of an order', () => {
  it.each(PAIRS)('%s, %s', (status, name) => {
    const allowed = TRANSITIONS.find(([from, by]) => from === status && by === name);

    expect(outcome(status, name)).toBe(allowed?.[2] ?? 'ORDER_STATE_CONFLICT');
  });

  it('can all be reached from PENDING', () => {
    const reached = new Set<OrderStatus>(['PENDING']);
    for (const _round of ORDER_STATUSES)
      for (const [from, , to] of TRANSITIONS) if (reached.has(from)) reached.add(to);

    expect([...reached].sort()).toEqual([...ORDER_STATUSES].sort());
  });

  it('have no way back: no order passes the same status twice', () => {
    const after = (status: OrderStatus): readonly OrderStatus[] =>
      TRANSITIONS.filter(([from]) => from === status).flatMap(([, , to]) => [to, ...after(to)]);

    for (const status of ORDER_STATUSES) expect(after(status)).not.toContain(status);
  });

  it('end in CANCELLED and REFUNDED for good', () => {
    const ends = ORDER_STATUSES.filter((status) => TRANSITIONS.every(([from]) => from !== status));

    expect(ends).toEqual(['CANCELLED', 'REFUNDED']);
  });

  it.each([
    ['PENDING', ['reserve', 'cancel']],
    ['RESERVED', ['cancel']],
    ['CONFIRMED', ['cancel', 'refund']],
    ['COMPLETED', ['refund']],
    ['CANCELLED', []],
    ['EXPIRED', []],
    ['REFUNDED', []],
  ] as const)('offer a client of an order that is %s: %j', (status, actions) => {
    expect(allowedActions({ status, op: null })).toEqual(actions);
  });

  it.each(VERB_NAMES)('tell of %s with an event that is published', (name) => {
    expect(verb(name).events.length).toBeGreaterThan(0);
    for (const type of verb(name).events) expect(ORDER_EVENT_TYPES).toContain(type);
  });

  it.each(OPERATIONS.flatMap((op) => PAIRS.map(([status, name]) => [op, status, name] as const)))(
    'keep every verb away while an operation runs: %s, %s, %s',
    (op, status, name) => {
      expect(() => decide({ status, op }, name)).toThrow('ORDER_BUSY');
    },
  );

  it('tell a refused client what is true and what to do', () => {
    expect(() => decide({ status: 'EXPIRED', op: null }, 'reserve')).toThrow(
      'An order that is EXPIRED cannot be reserved. Create a new one.',
    );
  });
});
