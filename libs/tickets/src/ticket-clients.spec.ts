import { Test } from '@nestjs/testing';
import { ConfigModule, type CallContext } from '@app/platform';
import { FakeSibling, newUpstreamClient, upstreamConfig } from '../../../test/support/fake-sibling.js';
import { TicketCatalog } from './catalog.js';
import { EventServiceClient } from './event-service.client.js';
import { TicketServiceClient } from './ticket-service.client.js';
import { TicketsModule } from './tickets.module.js';

const CONTEXT: CallContext = { tenantId: 'aaaa0000-0000-4000-8000-000000000001', requestId: 'r' };
const EVENT_ID = 'eeee0000-0000-4000-8000-000000000001';
const TYPE_ID = 'bbbb0000-0000-4000-8000-000000000001';
const ORDER_ID = 'dddd0000-0000-4000-8000-000000000001';

const EVENT = {
  id: EVENT_ID,
  tenantId: CONTEXT.tenantId,
  name: 'Nocturnes',
  status: 'ON_SALE',
  currency: 'EUR',
  startsAt: '2030-06-01T18:00:00Z',
  venue: { id: 'v', country: 'FR', city: 'Lyon' },
  version: 3,
  colour: 'blue',
};
const PRICE = {
  ticketTypeId: TYPE_ID,
  eventId: EVENT_ID,
  name: 'Stalls',
  unitPriceCents: 4_500,
  currency: 'EUR',
  version: 1,
};
const RESERVE = {
  orderId: ORDER_ID,
  generation: 2,
  eventId: EVENT_ID,
  items: [{ ticketTypeId: TYPE_ID, quantity: 2 }],
  expiresAt: '2030-06-01T12:00:00Z',
};
const HOLD = { orderId: ORDER_ID, status: 'HELD', expiresAt: RESERVE.expiresAt, items: RESERVE.items };
const RESERVATION = { ...HOLD, tenantId: CONTEXT.tenantId, generation: 2, updatedAt: '2030-06-01T11:00:00Z' };

let sibling: FakeSibling;
let tickets: TicketServiceClient;
let events: EventServiceClient;
let closeClient: () => Promise<void>;

beforeAll(async () => {
  sibling = await FakeSibling.start();
  const upstream = newUpstreamClient(upstreamConfig(sibling.url));
  tickets = new TicketServiceClient(upstream);
  events = new EventServiceClient(upstream);
  closeClient = () => upstream.onApplicationShutdown();
});

afterAll(async () => {
  await sibling.stop();
  await closeClient();
});

describe('getEvent', () => {
  it('reads the event, with null for what is missing and without what is unknown', async () => {
    sibling.answersJson(200, EVENT);
    expect(await events.getEvent(EVENT_ID, CONTEXT)).toEqual({
      kind: 'done',
      status: 200,
      body: {
        id: EVENT_ID,
        tenantId: CONTEXT.tenantId,
        name: 'Nocturnes',
        status: 'ON_SALE',
        currency: 'EUR',
        startsAt: '2030-06-01T18:00:00Z',
        endsAt: null,
        saleStartsAt: null,
        saleEndsAt: null,
        venue: { id: 'v', country: 'FR', region: null, city: 'Lyon', postalCode: null },
        purchaseLimitPerBuyer: null,
        version: 3,
      },
    });
  });

  it('does not find an event of another tenant', async () => {
    sibling.answersJson(200, { ...EVENT, tenantId: 'aaaa0000-0000-4000-8000-000000000002' });
    expect(await events.getEvent(EVENT_ID, CONTEXT)).toMatchObject({
      kind: 'refused',
      code: 'EVENT_NOT_FOUND',
    });
  });

  it('finds the same event whatever the case of its id', async () => {
    sibling.answersJson(200, EVENT);
    expect(await events.getEvent(EVENT_ID.toUpperCase(), CONTEXT)).toMatchObject({ kind: 'done' });
  });

  it.each([
    ['another event', { ...EVENT, id: TYPE_ID }, 'echo-mismatch'],
    ['an unknown status', { ...EVENT, status: 'MAYBE' }, 'bad-body'],
    ['an unknown currency', { ...EVENT, currency: 'XQZ' }, 'bad-body'],
    ['no start', { ...EVENT, startsAt: undefined }, 'bad-body'],
  ])('is unknown for %s', async (_what, body, reason) => {
    sibling.answersJson(200, body);
    expect(await events.getEvent(EVENT_ID, CONTEXT)).toMatchObject({ kind: 'unknown', reason });
  });
});

describe('prices', () => {
  const ask = { eventId: EVENT_ID, ticketTypeIds: [TYPE_ID] };

  it('gives the price of each ticket type', async () => {
    sibling.answersJson(200, { prices: [PRICE] });
    expect(await tickets.prices(ask, CONTEXT)).toEqual({
      kind: 'done',
      status: 200,
      body: { prices: [PRICE] },
    });
  });

  it('names the ticket types that do not exist', async () => {
    sibling.answersJson(404, { code: 'TICKET_TYPE_NOT_FOUND', ticketTypeIds: [TYPE_ID] });
    expect(await tickets.prices(ask, CONTEXT)).toEqual({
      kind: 'refused',
      status: 404,
      code: 'TICKET_TYPE_NOT_FOUND',
      body: { ticketTypeIds: [TYPE_ID] },
    });
  });

  it('does not find a ticket type of another event', async () => {
    sibling.answersJson(200, { prices: [{ ...PRICE, eventId: ORDER_ID }] });
    expect(await tickets.prices(ask, CONTEXT)).toMatchObject({
      kind: 'refused',
      code: 'TICKET_TYPE_NOT_FOUND',
      body: { ticketTypeIds: [TYPE_ID] },
    });
  });

  it.each([
    ['no price', [], 'echo-mismatch'],
    ['the price of something else', [{ ...PRICE, ticketTypeId: ORDER_ID }], 'echo-mismatch'],
    ['two prices', [PRICE, { ...PRICE, unitPriceCents: 1 }], 'echo-mismatch'],
    ['a fraction of a cent', [{ ...PRICE, unitPriceCents: 0.5 }], 'bad-body'],
    ['a negative price', [{ ...PRICE, unitPriceCents: -1 }], 'bad-body'],
    ['a price beyond 2^53', [{ ...PRICE, unitPriceCents: 2 ** 53 }], 'bad-body'],
    ['a price as text', [{ ...PRICE, unitPriceCents: '4500' }], 'bad-body'],
  ])('are unknown for %s', async (_what, prices, reason) => {
    sibling.answersJson(200, { prices });
    expect(await tickets.prices(ask, CONTEXT)).toMatchObject({ kind: 'unknown', reason });
  });

  it('are unknown when one event has several currencies', async () => {
    sibling.answersJson(200, { prices: [PRICE, { ...PRICE, ticketTypeId: ORDER_ID, currency: 'USD' }] });
    const two = { eventId: EVENT_ID, ticketTypeIds: [TYPE_ID, ORDER_ID] };
    expect(await tickets.prices(two, CONTEXT)).toMatchObject({ kind: 'unknown', reason: 'echo-mismatch' });
  });
});

describe('availability', () => {
  it('counts each ticket type that was asked for', async () => {
    sibling.answersJson(200, { availability: [{ ticketTypeId: TYPE_ID, available: 7 }] });
    expect(await tickets.availability({ ticketTypeIds: [TYPE_ID] }, CONTEXT)).toMatchObject({ kind: 'done' });
    expect(await tickets.availability({ ticketTypeIds: [ORDER_ID] }, CONTEXT)).toMatchObject({
      kind: 'unknown',
    });
  });
});

describe('reserve', () => {
  it('holds exactly what was asked for', async () => {
    sibling.answersJson(200, HOLD);
    expect(await tickets.reserve(RESERVE, 'reserve:o:2', CONTEXT)).toEqual({
      kind: 'done',
      status: 200,
      body: HOLD,
    });
    expect(sibling.received.at(-1)?.headers['idempotency-key']).toBe('reserve:o:2');
  });

  it.each([
    [{ unavailable: [{ ticketTypeId: TYPE_ID, requested: 2, available: 1 }] }, 1],
    [{}, 0],
    [{ unavailable: 'all' }, 0],
  ])('is refused for a shortage, whatever is said of it: %j', async (members, count) => {
    sibling.answersJson(409, { code: 'INSUFFICIENT_TICKETS', ...members });
    const outcome = await tickets.reserve(RESERVE, 'k', CONTEXT);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'INSUFFICIENT_TICKETS' });
    expect(outcome.kind === 'refused' && outcome.body.unavailable).toHaveLength(count);
  });

  it('is refused when a release came first', async () => {
    sibling.answersJson(410, { code: 'RELEASED' });
    expect(await tickets.reserve(RESERVE, 'k', CONTEXT)).toMatchObject({ kind: 'refused', code: 'RELEASED' });
  });

  it.each([
    ['another order', { ...HOLD, orderId: EVENT_ID }, 'another order'],
    ['another generation', { ...HOLD, generation: 1 }, 'another generation of the order'],
    [
      'fewer tickets',
      { ...HOLD, items: [{ ticketTypeId: TYPE_ID, quantity: 1 }] },
      'a hold of other tickets',
    ],
    ['no tickets', { ...HOLD, items: [] }, 'a hold of other tickets'],
  ])('is unknown and a finding for a hold of %s', async (_what, body, what) => {
    sibling.answersJson(200, body);
    expect(await tickets.reserve(RESERVE, 'k', CONTEXT)).toEqual({
      kind: 'unknown',
      reason: 'echo-mismatch',
      finding: `ticket-service answered reserve with ${what}.`,
    });
  });
});

describe('reserveBatch', () => {
  const other = { ...RESERVE, orderId: EVENT_ID };
  const batch = { reservations: [RESERVE, other] };

  it('tells each order its own result', async () => {
    const shortage = { ticketTypeId: TYPE_ID, requested: 2, available: 0 };
    sibling.answersJson(200, {
      results: [
        { orderId: ORDER_ID, status: 'HELD' },
        { orderId: EVENT_ID, status: 'REJECTED', unavailable: [shortage] },
      ],
    });
    expect(await tickets.reserveBatch(batch, 'k', CONTEXT)).toEqual({
      kind: 'done',
      status: 200,
      body: {
        results: [
          { orderId: ORDER_ID, status: 'HELD', unavailable: [] },
          { orderId: EVENT_ID, status: 'REJECTED', unavailable: [shortage] },
        ],
      },
    });
  });

  it.each([
    ['a missing order', [{ orderId: ORDER_ID, status: 'HELD' }]],
    ['one order twice', [ORDER_ID, ORDER_ID].map((orderId) => ({ orderId, status: 'HELD' }))],
    ['another order', [ORDER_ID, TYPE_ID].map((orderId) => ({ orderId, status: 'HELD' }))],
    [
      'another generation',
      [ORDER_ID, EVENT_ID].map((orderId) => ({ orderId, status: 'HELD', generation: 9 })),
    ],
  ])('is unknown for %s', async (_what, results) => {
    sibling.answersJson(200, { results });
    expect(await tickets.reserveBatch(batch, 'k', CONTEXT)).toMatchObject({
      kind: 'unknown',
      reason: 'echo-mismatch',
    });
  });

  it('refuses to send more than ticket-service takes', async () => {
    const reservations = Array.from({ length: 201 }, () => RESERVE);
    await expect(tickets.reserveBatch({ reservations }, 'k', CONTEXT)).rejects.toThrow('INTERNAL');
  });
});

describe('confirm and release', () => {
  const order = { orderId: ORDER_ID, generation: 2 };

  it('give the tickets of that order', async () => {
    const issued = { orderId: ORDER_ID, status: 'ISSUED', tickets: [{ id: 't1', ticketTypeId: TYPE_ID }] };
    sibling.answersJson(200, issued);
    expect(await tickets.confirm(order, 'k', CONTEXT)).toEqual({ kind: 'done', status: 200, body: issued });
    sibling.answersJson(200, { ...issued, orderId: EVENT_ID });
    expect(await tickets.confirm(order, 'k', CONTEXT)).toMatchObject({
      kind: 'unknown',
      reason: 'echo-mismatch',
    });
  });

  it('are refused when the hold is gone or a ticket was used', async () => {
    sibling.answersJson(409, { code: 'HOLD_GONE' });
    expect(await tickets.confirm(order, 'k', CONTEXT)).toMatchObject({ kind: 'refused', code: 'HOLD_GONE' });
    sibling.answersJson(409, { code: 'TICKET_USED' });
    const release = { ...order, reason: 'refund' };
    expect(await tickets.release(release, 'k', CONTEXT)).toMatchObject({
      kind: 'refused',
      code: 'TICKET_USED',
    });
  });

  it('are unknown when the release is of another order', async () => {
    sibling.answersJson(200, { orderId: EVENT_ID, status: 'RELEASED' });
    const release = { ...order, reason: 'refund' };
    expect(await tickets.release(release, 'k', CONTEXT)).toMatchObject({ kind: 'unknown' });
    sibling.answersJson(200, { orderId: ORDER_ID, status: 'RELEASED' });
    expect(await tickets.release(release, 'k', CONTEXT)).toMatchObject({ kind: 'done' });
  });
});

describe('reservations', () => {
  it('of another tenant are not found', async () => {
    sibling.answersJson(200, RESERVATION);
    expect(await tickets.getReservation(ORDER_ID, CONTEXT)).toMatchObject({ kind: 'done' });
    sibling.answersJson(200, { ...RESERVATION, tenantId: EVENT_ID });
    expect(await tickets.getReservation(ORDER_ID, CONTEXT)).toMatchObject({
      kind: 'refused',
      code: 'RESERVATION_NOT_FOUND',
    });
  });

  it('are listed in pages, and a row that cannot be read is counted, not fatal', async () => {
    sibling.answersJson(200, { reservations: [RESERVATION, { orderId: 1 }], nextCursor: '17' });
    const query = { updatedSince: '2030-06-01T00:00:00Z', cursor: '16' };
    const outcome = await tickets.listReservations(query, { tenantId: null, requestId: 'job' });
    expect(outcome).toMatchObject({
      kind: 'done',
      body: { rows: [{ orderId: ORDER_ID }], unreadableCount: 1, nextCursor: '17' },
    });
    expect(sibling.received.at(-1)?.path).toBe(
      '/internal/tickets/reservations?updatedSince=2030-06-01T00%3A00%3A00Z&cursor=16',
    );
  });

  it('are unknown when the list is missing, and complete without a cursor', async () => {
    const query = { updatedSince: '2030-06-01T00:00:00Z' };
    sibling.answersJson(200, { rows: [] });
    expect(await tickets.listReservations(query, CONTEXT)).toMatchObject({ kind: 'unknown' });
    sibling.answersJson(200, { data: [], page: { nextCursor: null } });
    expect(await tickets.listReservations(query, CONTEXT)).toMatchObject({
      kind: 'done',
      body: { nextCursor: null },
    });
  });
});

describe('TicketsModule', () => {
  it('provides clients and catalogue', async () => {
    const imports = [ConfigModule.of(upstreamConfig(sibling.url)), TicketsModule];
    const module = await Test.createTestingModule({ imports }).compile();
    sibling.answersJson(200, EVENT);
    expect(await module.get(TicketCatalog).event(EVENT_ID, CONTEXT)).toMatchObject({ name: 'Nocturnes' });
    await module.close();
  });
});
