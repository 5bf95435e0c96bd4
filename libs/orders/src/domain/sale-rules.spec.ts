import { isAppError } from '@app/kernel';
import {
  assertAvailable,
  assertOnSale,
  assertPricesAsShown,
  assertWithinPurchaseLimit,
  whyNotOnSale,
  type EventOnSale,
} from './sale-rules.js';

const event: EventOnSale = {
  status: 'ON_SALE',
  startsAt: '2026-06-01T20:00:00Z',
  saleStartsAt: '2026-05-01T10:00:00Z',
  saleEndsAt: '2026-06-01T18:00:00Z',
};

function refusalOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    if (isAppError(error)) return { code: error.code, ...error.members };
    throw error;
  }
  return 'allowed';
}

describe('an event', () => {
  it.each([
    ['2026-05-01T09:59:59.999Z', 'its sale starts at 2026-05-01T10:00:00Z'],
    ['2026-05-01T10:00:00.000Z', null],
    ['2026-06-01T17:59:59.999Z', null],
    ['2026-06-01T18:00:00.000Z', 'its sale ended at 2026-06-01T18:00:00Z'],
  ])('at %s: %s', (now, expected) => {
    expect(whyNotOnSale(event, new Date(now))).toBe(expected);
  });

  it('without sale times sells until it begins', () => {
    const always = { ...event, saleStartsAt: null, saleEndsAt: null };
    expect(whyNotOnSale(always, new Date('2020-01-01T00:00:00Z'))).toBeNull();
    expect(whyNotOnSale(always, new Date('2026-06-01T19:59:59.999Z'))).toBeNull();
    expect(whyNotOnSale(always, new Date('2026-06-01T20:00:00.000Z'))).toBe(
      'it began at 2026-06-01T20:00:00Z',
    );
  });

  it.each([
    ['ON_SALE', null],
    ['SOLD_OUT', null],
    ['SCHEDULED', 'its status is SCHEDULED'],
    ['CANCELLED', 'its status is CANCELLED'],
    ['POSTPONED', 'its status is POSTPONED'],
    ['ENDED', 'its status is ENDED'],
  ] as const)('that is %s: %s', (status, expected) => {
    expect(whyNotOnSale({ ...event, status }, new Date('2026-05-15T00:00:00Z'))).toBe(expected);
  });

  it('that does not sell refuses the order with the reason', () => {
    expect(() => {
      assertOnSale({ ...event, status: 'ENDED' }, new Date('2026-05-15T00:00:00Z'));
    }).toThrow('its status is ENDED');
    expect(
      refusalOf(() => {
        assertOnSale(event, new Date('2026-05-15T00:00:00Z'));
      }),
    ).toBe('allowed');
  });
});

describe('what the buyer was shown', () => {
  const actual = {
    totalCents: 10_520,
    unitPriceCents: new Map([
      ['a', 4_500],
      ['b', 2_000],
    ]),
  };
  const shown = (items: Readonly<Record<string, number | undefined>>, expectedTotalCents?: number): unknown =>
    refusalOf(() => {
      assertPricesAsShown(
        {
          items: Object.entries(items).map(([ticketTypeId, unitPriceCents]) => ({
            ticketTypeId,
            unitPriceCents,
          })),
          expectedTotalCents,
        },
        actual,
      );
    });

  it('is fine when it is what we charge, or when nothing was sent', () => {
    expect(shown({ a: 4_500, b: undefined }, 10_520)).toBe('allowed');
    expect(shown({ a: undefined, b: undefined })).toBe('allowed');
  });

  it('is refused with both prices of the lines that differ, and only of those', () => {
    expect(shown({ a: 4_500, b: 1_999 })).toEqual({
      code: 'PRICE_CHANGED',
      expected: { items: [{ ticketTypeId: 'b', unitPriceCents: 1_999 }] },
      actual: { totalCents: 10_520, items: [{ ticketTypeId: 'b', unitPriceCents: 2_000 }] },
    });
  });

  it('is refused with both totals when only the total differs', () => {
    expect(shown({ a: 4_500 }, 10_519)).toEqual({
      code: 'PRICE_CHANGED',
      expected: { totalCents: 10_519, items: [] },
      actual: { totalCents: 10_520, items: [] },
    });
  });
});

describe('one order alone', () => {
  it('may ask for as many as the limit, and for one more not', () => {
    const asked = (quantity: number, limit: number | null): unknown =>
      refusalOf(() => {
        assertWithinPurchaseLimit(quantity, limit);
      });
    expect(asked(4, 4)).toBe('allowed');
    expect(asked(5, 4)).toEqual({ code: 'PURCHASE_LIMIT_EXCEEDED', limit: 4 });
    expect(asked(100, null)).toBe('allowed');
  });
});

describe('known stock', () => {
  const wanted = [
    { ticketTypeId: 'a', quantity: 2 },
    { ticketTypeId: 'b', quantity: 3 },
  ];
  const asked = (available: ReadonlyMap<string, number> | null): unknown =>
    refusalOf(() => {
      assertAvailable(wanted, available);
    });

  it('refuses what is clearly too much, naming it', () => {
    expect(
      asked(
        new Map([
          ['a', 2],
          ['b', 2],
        ]),
      ),
    ).toEqual({
      code: 'TICKETS_UNAVAILABLE',
      unavailable: [{ ticketTypeId: 'b', requested: 3, available: 2 }],
    });
  });

  it('stops nobody where it is enough or unknown', () => {
    expect(
      asked(
        new Map([
          ['a', 2],
          ['b', 3],
        ]),
      ),
    ).toBe('allowed');
    expect(asked(new Map())).toBe('allowed');
    expect(asked(null)).toBe('allowed');
  });
});
