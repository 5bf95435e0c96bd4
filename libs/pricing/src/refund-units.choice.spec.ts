import { price, refusalOf, soldLine, soldLines } from './testing/builders.js';
import { chooseUnits, openUnits, refundableCents, type RefundableLine } from './refund-units.js';

const THREE_AND_TWO = soldLines(
  price([
    [3, 1_000],
    [2, 2_000],
  ]),
);

function withTaken(refundedUnits: readonly number[], pendingUnits: readonly number[]): RefundableLine[] {
  return THREE_AND_TWO.map((line) =>
    line.itemId === 'item-0' ? { ...line, refundedUnits, pendingUnits } : line,
  );
}

describe('which units a refund takes', () => {
  it('are all of them, newest first, when nothing is named', () => {
    expect(chooseUnits(THREE_AND_TWO, {})).toEqual([
      { itemId: 'item-0', units: [2, 1, 0] },
      { itemId: 'item-1', units: [1, 0] },
    ]);
  });

  it('are the newest of the named items, in the order of the lines', () => {
    const items = [
      { itemId: 'item-1', quantity: 1 },
      { itemId: 'item-0', quantity: 2 },
    ];
    expect(chooseUnits(THREE_AND_TWO, { items })).toEqual([
      { itemId: 'item-0', units: [2, 1] },
      { itemId: 'item-1', units: [1] },
    ]);
    expect(chooseUnits(THREE_AND_TWO, { items: [{ itemId: 'item-1', quantity: 2 }] })).toEqual([
      { itemId: 'item-1', units: [1, 0] },
    ]);
  });

  it('are never those refunded already or waiting for it', () => {
    expect(chooseUnits(withTaken([1], [2]), {})).toEqual([
      { itemId: 'item-0', units: [0] },
      { itemId: 'item-1', units: [1, 0] },
    ]);
    expect(chooseUnits(withTaken([2], []), { items: [{ itemId: 'item-0', quantity: 1 }] })).toEqual([
      { itemId: 'item-0', units: [1] },
    ]);
  });

  it('leave out lines that have no open unit', () => {
    expect(chooseUnits(withTaken([0, 1], [2]), {})).toEqual([{ itemId: 'item-1', units: [1, 0] }]);
  });

  it('can be units of free tickets', () => {
    expect(chooseUnits([soldLine(2, 0)], {})).toEqual([{ itemId: 'item-0', units: [1, 0] }]);
  });
});

describe('asking for more than is open', () => {
  it('is refused with what is left', () => {
    const lines = [soldLine(3, 3_333, { refundedUnits: [2] })];
    const items = [{ itemId: 'item-0', quantity: 3 }];
    const refusal = refusalOf(() => chooseUnits(lines, { items }, 'USD'));
    expect(refusal.code).toBe('REFUND_EXCEEDS_REFUNDABLE');
    expect(refusal.members).toEqual({ refundableCents: 7_792, currency: 'USD' });
    expect(refusal.params).toEqual({ refundableCents: 7_792 });
  });

  it('is refused when every unit is taken, though nothing is named', () => {
    const lines = [soldLine(2, 1_000, { refundedUnits: [0], pendingUnits: [1] })];
    expect(openUnits(lines)).toEqual([]);
    const refusal = refusalOf(() => chooseUnits(lines, {}));
    expect(refusal.code).toBe('REFUND_EXCEEDS_REFUNDABLE');
    expect(refusal.members).toStrictEqual({ refundableCents: 0 });
  });
});

describe('naming items wrongly', () => {
  it.each<readonly [string, readonly { itemId: string; quantity: number }[], string, string]>([
    ['an item of another order', [{ itemId: 'item-9', quantity: 1 }], '/items/0/itemId', 'unknown_item'],
    [
      'an item twice',
      [
        { itemId: 'item-0', quantity: 1 },
        { itemId: 'item-0', quantity: 1 },
      ],
      '/items/1/itemId',
      'duplicate_item',
    ],
    ['a quantity of 0', [{ itemId: 'item-0', quantity: 0 }], '/items/0/quantity', 'invalid_quantity'],
    ['a fraction', [{ itemId: 'item-0', quantity: 1.5 }], '/items/0/quantity', 'invalid_quantity'],
    ['no item at all', [], '/items', 'empty'],
  ])('as %s is refused with the place', (_name, items, pointer, code) => {
    const refusal = refusalOf(() => chooseUnits(THREE_AND_TWO, { items }));
    expect(refusal.code).toBe('VALIDATION_FAILED');
    expect(refusal.members).toEqual({ errors: [{ pointer, code, detail: refusal.params['reason'] }] });
  });

  it('is explained in a sentence', () => {
    const reasons = [
      [{ itemId: 'item-9', quantity: 1 }],
      [{ itemId: 'item-1', quantity: -1 }],
      [
        { itemId: 'item-1', quantity: 1 },
        { itemId: 'item-1', quantity: 1 },
      ],
      [],
    ].map((items) => refusalOf(() => chooseUnits(THREE_AND_TWO, { items })).params['reason']);
    expect(reasons).toEqual([
      'The order has no item item-9.',
      'A quantity is a whole number of 1 or more.',
      'Item item-1 is named twice.',
      'Name at least one item, or leave items out.',
    ]);
  });

  it('is told before that nothing is left', () => {
    const lines = [soldLine(1, 1_000, { refundedUnits: [0] })];
    const items = [{ itemId: 'item-9', quantity: 1 }];
    expect(refusalOf(() => chooseUnits(lines, { items })).code).toBe('VALIDATION_FAILED');
  });
});

describe('what is still refundable', () => {
  it('is all that was paid at first', () => {
    expect(refundableCents(soldLines(price([[3, 3_333]])))).toBe(11_685);
  });

  it('leaves out refunded and pending units and the goodwill on the open ones', () => {
    const line = soldLine(3, 3_333, { refundedUnits: [0], goodwillCents: [500, 100, 3] });
    expect(refundableCents([line])).toBe(7_686);
    expect(refundableCents([{ ...line, pendingUnits: [1] }])).toBe(3_890);
    expect(refundableCents([{ ...line, pendingUnits: [1, 2] }])).toBe(0);
  });

  it('is a bug when more goodwill lies on a unit than was paid for it', () => {
    const line = soldLine(1, 1_000, { goodwillCents: [1_199] });
    expect(refusalOf(() => refundableCents([line])).code).toBe('MONEY_INVALID');
  });
});
