import type { Clock } from '@app/kernel';
import { Changes } from '../state/changes.js';
import { ReservationBook } from './reservation-book.js';
import { ReservationShelf } from './reservation-shelf.js';
import type { ReserveRequest } from './reservation-rows.js';
import { StockLevels, type Line } from './stock-levels.js';

const TENANT = 'tenant-1';
const EVENT = 'event-1';
const STARTED_AT_MS = Date.parse('2030-01-01T10:00:00.000Z');

class TestClock implements Clock {
  private ms = STARTED_AT_MS;
  now(): Date {
    return new Date(this.ms);
  }
  monotonicMs(): number {
    return this.ms;
  }
  advanceMinutes(minutes: number): void {
    this.ms += minutes * 60_000;
  }
}

function openBook(capacities: Readonly<Record<string, number>> = { stalls: 10, balcony: 5 }) {
  const clock = new TestClock();
  const newShelf = (): ReservationShelf =>
    new ReservationShelf(new StockLevels((id) => capacities[id] ?? 0), clock, new Changes());
  const shelf = newShelf();
  return { clock, shelf, newShelf, book: new ReservationBook(shelf) };
}

function lines(quantities: Readonly<Record<string, number>>): readonly Line[] {
  return Object.entries(quantities).map(([ticketTypeId, quantity]) => ({ ticketTypeId, quantity }));
}

function ask(
  orderId: string,
  generation: number,
  quantities: Readonly<Record<string, number>>,
): ReserveRequest {
  return {
    tenantId: TENANT,
    orderId,
    generation,
    eventId: EVENT,
    items: lines(quantities),
    expiresAt: '2030-01-01T10:15:00.000Z',
  };
}

function order(orderId: string, generation: number) {
  return { tenantId: TENANT, orderId, generation };
}

describe('reserving', () => {
  it('holds all items of an order', () => {
    const { book, shelf } = openBook();
    expect(book.reserve(ask('a', 1, { stalls: 3, balcony: 2 }))).toMatchObject({
      kind: 'held',
      replayed: false,
    });
    expect(shelf.levels.row('stalls')).toMatchObject({ held: 3, sold: 0 });
    expect(shelf.levels.available('balcony')).toBe(3);
  });

  it('holds nothing when one item is short, and says what there is', () => {
    const { book, shelf } = openBook();
    expect(book.reserve(ask('a', 1, { stalls: 3, balcony: 6 }))).toEqual({
      kind: 'insufficient',
      unavailable: [{ ticketTypeId: 'balcony', requested: 6, available: 5 }],
    });
    expect(shelf.levels.row('stalls').held).toBe(0);
  });

  it('answers a repeated generation with the hold it made, and holds nothing twice', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 3 }));
    expect(book.reserve(ask('a', 1, { stalls: 3 }))).toMatchObject({ kind: 'held', replayed: true });
    expect(shelf.levels.row('stalls').held).toBe(3);
  });

  it('tells when a generation asks for something else than before', () => {
    const { book } = openBook();
    book.reserve(ask('a', 1, { stalls: 3 }));
    expect(book.reserve(ask('a', 1, { stalls: 4 }))).toEqual({ kind: 'reused' });
  });

  it('replaces the earlier hold by that of a higher generation, counting its tickets as free', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 8 }));
    expect(book.reserve(ask('a', 2, { stalls: 10 }))).toMatchObject({ kind: 'held', replayed: false });
    expect(shelf.levels.row('stalls').held).toBe(10);
  });

  it('keeps the earlier hold when the higher generation is refused', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 8 }));
    expect(book.reserve(ask('a', 2, { stalls: 11 }))).toMatchObject({ kind: 'insufficient' });
    expect(shelf.levels.row('stalls').held).toBe(8);
    expect(shelf.find(TENANT, 'a')).toMatchObject({ generation: 1, status: 'HELD' });
  });

  it('refuses a generation that a higher one has replaced', () => {
    const { book } = openBook();
    book.reserve(ask('a', 1, { stalls: 1 }));
    book.reserve(ask('a', 2, { stalls: 1 }));
    expect(book.reserve(ask('a', 1, { stalls: 1 }))).toEqual({ kind: 'released' });
  });

  it('refuses a generation whose release came first, and every earlier one', () => {
    const { book, shelf } = openBook();
    book.release(order('a', 2));
    expect(book.reserve(ask('a', 1, { stalls: 1 }))).toEqual({ kind: 'released' });
    expect(book.reserve(ask('a', 2, { stalls: 1 }))).toEqual({ kind: 'released' });
    expect(book.reserve(ask('a', 3, { stalls: 1 }))).toMatchObject({ kind: 'held' });
    expect(shelf.levels.row('stalls').held).toBe(1);
  });

  it('never hands out more than there is', () => {
    const { book, shelf } = openBook({ stalls: 4 });
    const results = Array.from({ length: 10 }, (_, number) =>
      book.reserve(ask(`order-${number}`, 1, { stalls: 1 })),
    );
    expect(results.filter((result) => result.kind === 'held')).toHaveLength(4);
    expect(shelf.levels.row('stalls')).toEqual({
      ticketTypeId: 'stalls',
      capacity: 4,
      held: 4,
      sold: 0,
      oversold: 0,
    });
  });
});

describe('holds past their end', () => {
  it('give their tickets back and are counted', () => {
    const { book, shelf, clock } = openBook();
    book.reserve(ask('a', 1, { stalls: 10 }));
    clock.advanceMinutes(15);
    const later = { ...ask('b', 1, { stalls: 10 }), expiresAt: '2030-01-01T11:00:00.000Z' };
    expect(book.reserve(later)).toMatchObject({ kind: 'held' });
    expect(shelf.find(TENANT, 'a')).toMatchObject({
      status: 'EXPIRED',
      items: [{ ticketTypeId: 'stalls', quantity: 10 }],
    });
    expect(shelf.expiredCount).toBe(1);
  });

  it('cannot be confirmed', () => {
    const { book, clock } = openBook();
    book.reserve(ask('a', 1, { stalls: 1 }));
    clock.advanceMinutes(15);
    expect(book.confirm(order('a', 1))).toEqual({ kind: 'hold-gone' });
  });

  it('do not end the hold that replaced them', () => {
    const { book, shelf, clock } = openBook();
    book.reserve(ask('a', 1, { stalls: 2 }));
    book.reserve({ ...ask('a', 2, { stalls: 2 }), expiresAt: '2030-01-01T12:00:00.000Z' });
    clock.advanceMinutes(30);
    expect(shelf.find(TENANT, 'a')).toMatchObject({ generation: 2, status: 'HELD' });
    expect(shelf.levels.available('stalls')).toBe(8);
  });

  it('end in the order of their deadlines, whatever order they were made in', () => {
    const { book, shelf, clock } = openBook({ stalls: 100 });
    const minutes = [40, 10, 30, 20, 50, 5];
    for (const minute of minutes) {
      const expiresAt = new Date(STARTED_AT_MS + minute * 60_000).toISOString();
      book.reserve({ ...ask(`order-${minute}`, 1, { stalls: 1 }), expiresAt });
    }
    clock.advanceMinutes(30);
    const live = minutes.filter((minute) => shelf.find(TENANT, `order-${minute}`)?.status === 'HELD');
    expect(live).toEqual([40, 50]);
  });
});

describe('confirming', () => {
  it('turns the hold into tickets, one each', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 2, balcony: 1 }));
    const result = book.confirm(order('a', 1));
    expect(result.kind === 'issued' && result.tickets.map((ticket) => ticket.ticketTypeId)).toEqual([
      'stalls',
      'stalls',
      'balcony',
    ]);
    expect(shelf.levels.row('stalls')).toMatchObject({ held: 0, sold: 2 });
  });

  it('gives the same tickets when it is repeated', () => {
    const { book } = openBook();
    book.reserve(ask('a', 1, { stalls: 2 }));
    const first = book.confirm(order('a', 1));
    expect(book.confirm(order('a', 1))).toEqual({ ...first, replayed: true });
  });

  it('is refused for another generation than the one that holds', () => {
    const { book } = openBook();
    book.reserve(ask('a', 2, { stalls: 2 }));
    expect(book.confirm(order('a', 1))).toEqual({ kind: 'hold-gone' });
    expect(book.confirm(order('a', 3))).toEqual({ kind: 'hold-gone' });
    expect(book.confirm(order('unknown', 1))).toEqual({ kind: 'hold-gone' });
  });
});

describe('releasing', () => {
  it('frees a hold, and is harmless when repeated', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 2 }));
    expect(book.release(order('a', 1))).toMatchObject({
      replayed: false,
      freed: [{ ticketTypeId: 'stalls', quantity: 2 }],
    });
    expect(book.release(order('a', 1))).toEqual({ kind: 'released', replayed: true, freed: [] });
    expect(shelf.levels.row('stalls')).toMatchObject({ held: 0, sold: 0 });
  });

  it('takes issued tickets back', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 2 }));
    book.confirm(order('a', 1));
    book.release(order('a', 1));
    expect(shelf.levels.row('stalls')).toMatchObject({ held: 0, sold: 0 });
    expect(book.confirm(order('a', 1))).toEqual({ kind: 'hold-gone' });
  });

  it('leaves a later generation alone', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 2, { stalls: 2 }));
    book.release(order('a', 1));
    expect(shelf.find(TENANT, 'a')).toMatchObject({ generation: 2, status: 'HELD' });
    expect(shelf.levels.row('stalls').held).toBe(2);
  });

  it('of some items frees those only and closes nothing', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 3, balcony: 1 }));
    book.confirm(order('a', 1));
    book.releasePart(order('a', 1), lines({ stalls: 1 }));
    expect(shelf.find(TENANT, 'a')).toMatchObject({
      status: 'ISSUED',
      items: [
        { ticketTypeId: 'stalls', quantity: 2 },
        { ticketTypeId: 'balcony', quantity: 1 },
      ],
    });
    expect(shelf.levels.row('stalls').sold).toBe(2);
  });

  it('of named tickets frees exactly those, once', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 3 }));
    const issued = book.confirm(order('a', 1));
    const [first] = issued.kind === 'issued' ? issued.tickets : [];
    const items = [{ ticketTypeId: 'stalls', quantity: 1, ticketIds: [first?.id ?? ''] }];
    book.releasePart(order('a', 1), items);
    book.releasePart(order('a', 1), items);
    expect(shelf.levels.row('stalls').sold).toBe(2);
    const left = book.confirm(order('a', 1));
    expect(left.kind === 'issued' && left.tickets.map((ticket) => ticket.id)).not.toContain(first?.id);
  });

  it('of part of a hold leaves the rest to be confirmed', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 3 }));
    book.releasePart(order('a', 1), lines({ stalls: 2 }));
    expect(shelf.levels.row('stalls').held).toBe(1);
    expect(book.confirm(order('a', 1))).toMatchObject({ items: [{ ticketTypeId: 'stalls', quantity: 1 }] });
  });

  it('is refused as a whole when a ticket was used', () => {
    const { book, shelf, clock } = openBook();
    book.reserve(ask('a', 1, { stalls: 2 }));
    const issued = book.confirm(order('a', 1));
    const [first, second] = issued.kind === 'issued' ? issued.tickets : [];
    book.useTicket(first?.id ?? '', clock.now());
    expect(book.release(order('a', 1))).toEqual({ kind: 'ticket-used', ticketIds: [first?.id] });
    expect(book.releasePart(order('a', 1), lines({ stalls: 2 }))).toMatchObject({ kind: 'ticket-used' });
    expect(shelf.levels.row('stalls').sold).toBe(2);
    expect(book.releasePart(order('a', 1), lines({ stalls: 1 }))).toMatchObject({ kind: 'released' });
    expect(book.useTicket(second?.id ?? '', clock.now())).toEqual({ kind: 'void' });
  });
});

describe('check-then-act', () => {
  it('sells the last ticket twice when two looks come before the first write', () => {
    const { book, shelf } = openBook({ stalls: 1 });
    const [first, second] = [ask('a', 1, { stalls: 1 }), ask('b', 1, { stalls: 1 })];
    const seenByFirst = book.lookUnguarded(first, new Map());
    const seenBySecond = book.lookUnguarded(second, new Map());
    expect(book.writeUnguarded(first, seenByFirst)).toMatchObject({ kind: 'held' });
    expect(book.writeUnguarded(second, seenBySecond)).toMatchObject({ kind: 'held' });
    expect(shelf.levels.row('stalls')).toMatchObject({ held: 2, oversold: 1 });
    expect(shelf.levels.available('stalls')).toBe(0);
  });

  it('does not sell twice within one batch', () => {
    const { book } = openBook({ stalls: 1 });
    const promised = new Map<string, number>();
    expect(book.lookUnguarded(ask('a', 1, { stalls: 1 }), promised)).toEqual([]);
    expect(book.lookUnguarded(ask('b', 1, { stalls: 1 }), promised)).toEqual([
      { ticketTypeId: 'stalls', requested: 1, available: 0 },
    ]);
  });
});

describe('tenants', () => {
  it('do not see or touch the reservations of another', () => {
    const { book, shelf } = openBook();
    book.reserve(ask('a', 1, { stalls: 2 }));
    expect(shelf.find('tenant-2', 'a')).toBeUndefined();
    book.release({ ...order('a', 1), tenantId: 'tenant-2' });
    expect(shelf.levels.row('stalls').held).toBe(2);
  });
});

describe('the list of reservations', () => {
  it('is paged in the order they changed', () => {
    const { book, shelf } = openBook();
    for (const id of ['a', 'b', 'c']) book.reserve(ask(id, 1, { stalls: 1 }));
    book.confirm(order('a', 1));
    const first = shelf.list({ tenantId: null, limit: 2 });
    expect(first.reservations.map((row) => row.orderId)).toEqual(['b', 'c']);
    const second = shelf.list({ tenantId: null, limit: 2, cursor: Number(first.nextCursor) });
    expect(second).toMatchObject({ reservations: [{ orderId: 'a', status: 'ISSUED' }], nextCursor: null });
  });

  it('leaves out what has not changed since', () => {
    const { book, shelf, clock } = openBook();
    book.reserve(ask('a', 1, { stalls: 1 }));
    clock.advanceMinutes(5);
    book.reserve(ask('b', 1, { stalls: 1 }));
    const { reservations } = shelf.list({
      tenantId: TENANT,
      limit: 10,
      updatedSince: '2030-01-01T10:05:00.000Z',
    });
    expect(reservations.map((row) => row.orderId)).toEqual(['b']);
  });
});

describe('a saved book', () => {
  it('has the same stock, holds and deadlines after it was read again', () => {
    const { book, shelf, newShelf, clock } = openBook();
    book.reserve(ask('a', 1, { stalls: 2 }));
    book.reserve(ask('b', 1, { stalls: 3 }));
    book.confirm(order('b', 1));
    const restored = newShelf();
    restored.restore(JSON.parse(JSON.stringify(shelf.dump())));
    expect(restored.levels.row('stalls')).toMatchObject({ held: 2, sold: 3 });
    clock.advanceMinutes(15);
    expect(restored.find(TENANT, 'a')?.status).toBe('EXPIRED');
    expect(restored.levels.row('stalls')).toMatchObject({ held: 0, sold: 3 });
  });
});
