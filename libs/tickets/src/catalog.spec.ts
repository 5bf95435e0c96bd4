import { systemClock } from '@app/kernel';
import type { CallContext, UpstreamClient } from '@app/platform';
import {
  FakeSibling,
  StandingClock,
  newUpstreamClient,
  sendJson,
  upstreamConfig,
} from '../../../test/support/fake-sibling.js';
import { TicketCatalog } from './catalog.js';
import { EventServiceClient } from './event-service.client.js';
import { TicketServiceClient } from './ticket-service.client.js';

const TENANT = 'aaaa0000-0000-4000-8000-000000000001';
const CONTEXT: CallContext = { tenantId: TENANT, requestId: 'r' };
const EVENT_ID = 'eeee0000-0000-4000-8000-000000000001';
const STALLS = 'bbbb0000-0000-4000-8000-000000000001';
const CIRCLE = 'bbbb0000-0000-4000-8000-000000000002';
const BOGUS = 'bbbb0000-0000-4000-8000-00000000dead';

let sibling: FakeSibling;
let clock: StandingClock;
let upstream: UpstreamClient;
let catalog: TicketCatalog;

beforeEach(async () => {
  sibling = await FakeSibling.start();
  clock = new StandingClock();
  catalog = newCatalog(clock);
  openShop();
});

afterEach(async () => {
  await sibling.stop();
  await upstream.onApplicationShutdown();
});

function newCatalog(catalogClock: StandingClock | typeof systemClock): TicketCatalog {
  upstream = newUpstreamClient(upstreamConfig(sibling.url), { clock: catalogClock });
  return new TicketCatalog(new EventServiceClient(upstream), new TicketServiceClient(upstream), catalogClock);
}

/** One event with two ticket types; names whatever else is asked for as not found. */
function openShop(): void {
  sibling.answers((request, response) => {
    if (request.method === 'GET') {
      const tenantId = request.headers['x-tenant-id'];
      if (!request.path.endsWith(EVENT_ID)) sendJson(response, 404, { code: 'EVENT_NOT_FOUND' });
      else sendJson(response, 200, event(String(tenantId)));
      return;
    }
    const { ticketTypeIds } = JSON.parse(request.text) as { ticketTypeIds: string[] };
    const strangers = ticketTypeIds.filter((id) => id !== STALLS && id !== CIRCLE);
    if (request.path.endsWith('/availability')) {
      sendJson(response, 200, {
        availability: ticketTypeIds.map((ticketTypeId) => ({ ticketTypeId, available: 7 })),
      });
    } else if (strangers.length > 0) {
      sendJson(response, 404, { code: 'TICKET_TYPE_NOT_FOUND', ticketTypeIds: strangers });
    } else {
      sendJson(response, 200, { prices: ticketTypeIds.map(price) });
    }
  });
}

function event(tenantId: string): object {
  return {
    id: EVENT_ID,
    tenantId,
    name: 'Nocturnes',
    status: 'ON_SALE',
    currency: 'EUR',
    startsAt: '2030-06-01T18:00:00Z',
    venue: { id: 'v', country: 'FR' },
    version: 3,
  };
}

function price(ticketTypeId: string): object {
  return {
    ticketTypeId,
    eventId: EVENT_ID,
    name: 'Seat',
    unitPriceCents: 4_500,
    currency: 'EUR',
    version: 1,
  };
}

function askedTypes(): readonly (readonly string[])[] {
  return sibling.received
    .filter((request) => request.method === 'POST')
    .map((request) => (JSON.parse(request.text) as { ticketTypeIds: string[] }).ticketTypeIds);
}

describe('an event', () => {
  it('is asked for once however many wait, and again after five seconds', async () => {
    await Promise.all([1, 2, 3, 4].map(() => catalog.event(EVENT_ID, CONTEXT)));
    clock.advance(4_999);
    await catalog.event(EVENT_ID.toUpperCase(), CONTEXT);
    expect(sibling.received).toHaveLength(1);
    clock.advance(1);
    await catalog.event(EVENT_ID, CONTEXT);
    expect(sibling.received).toHaveLength(2);
  });

  it('is not shared between tenants', async () => {
    await catalog.event(EVENT_ID, CONTEXT);
    const other = 'aaaa0000-0000-4000-8000-000000000002';
    expect(await catalog.event(EVENT_ID, { ...CONTEXT, tenantId: other })).toMatchObject({ tenantId: other });
    expect(sibling.received).toHaveLength(2);
  });

  it('that does not exist is asked for again after a second', async () => {
    for (const waitMs of [0, 999, 1]) {
      clock.advance(waitMs);
      await expect(catalog.event(BOGUS, CONTEXT)).rejects.toMatchObject({ code: 'EVENT_NOT_FOUND' });
    }
    expect(sibling.received).toHaveLength(2);
  });

  it('cannot be had while event-service fails, and that is not remembered', async () => {
    sibling.answersJson(500, {});
    await expect(catalog.event(EVENT_ID, CONTEXT)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      params: { upstream: 'event-service' },
      members: { upstream: 'event-service' },
    });
    openShop();
    expect(await catalog.event(EVENT_ID, CONTEXT)).toMatchObject({ name: 'Nocturnes' });
  });

  it('is asked for afresh after it changed', async () => {
    await catalog.event(EVENT_ID, CONTEXT);
    await catalog.prices(EVENT_ID, [STALLS], CONTEXT);
    catalog.drop(EVENT_ID);
    await catalog.event(EVENT_ID, CONTEXT);
    await catalog.prices(EVENT_ID, [STALLS], CONTEXT);
    expect(sibling.received).toHaveLength(4);
  });

  it("keeps nobody waiting beyond his own deadline, and the others' lookup goes on", async () => {
    catalog = newCatalog(systemClock);
    const held = new Promise<() => void>((resolve) => {
      sibling.answers((_request, response) => {
        resolve(() => {
          sendJson(response, 200, event(TENANT));
        });
      });
    });
    const hurried = catalog.event(EVENT_ID, { ...CONTEXT, deadlineAtMs: systemClock.monotonicMs() + 20 });
    const patient = catalog.event(EVENT_ID, CONTEXT);
    await expect(hurried).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    (await held)();
    expect(await patient).toMatchObject({ name: 'Nocturnes' });
    expect(sibling.received).toHaveLength(1);
  });
});

describe('prices', () => {
  it('are shared by baskets of one event, and only the missing ones are asked for', async () => {
    await catalog.prices(EVENT_ID, [STALLS], CONTEXT);
    const prices = await catalog.prices(EVENT_ID, [STALLS, CIRCLE], CONTEXT);
    expect([...prices.keys()]).toEqual([STALLS, CIRCLE]);
    expect(prices.get(CIRCLE)).toEqual(price(CIRCLE));
    await catalog.prices(EVENT_ID, [CIRCLE], CONTEXT);
    expect(askedTypes()).toEqual([[STALLS], [CIRCLE]]);
  });

  it('are as fresh as the caller demands', async () => {
    await catalog.prices(EVENT_ID, [STALLS], CONTEXT);
    clock.advance(100);
    await catalog.prices(EVENT_ID, [STALLS], CONTEXT, { maxAgeMs: 100 });
    await catalog.prices(EVENT_ID, [STALLS], CONTEXT, { maxAgeMs: 99 });
    expect(askedTypes()).toEqual([[STALLS], [STALLS]]);
  });

  it('name the ticket types that do not exist, without harm to those who wait for the rest', async () => {
    const bad = catalog.prices(EVENT_ID, [STALLS, BOGUS], CONTEXT);
    const good = catalog.prices(EVENT_ID, [STALLS], CONTEXT);
    await expect(bad).rejects.toMatchObject({
      code: 'TICKET_TYPE_NOT_FOUND',
      members: { ticketTypeIds: [BOGUS] },
    });
    expect((await good).get(STALLS)).toEqual(price(STALLS));
    expect(askedTypes()).toEqual([[STALLS, BOGUS], [STALLS]]);
  });

  it('cannot be had while ticket-service fails', async () => {
    sibling.answersJson(200, { prices: [] });
    await expect(catalog.prices(EVENT_ID, [STALLS], CONTEXT)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      members: { upstream: 'ticket-service' },
    });
  });

  it('are asked for afresh after a ticket type changed', async () => {
    await catalog.prices(EVENT_ID, [STALLS, CIRCLE], CONTEXT);
    catalog.dropTicketType(STALLS);
    await catalog.prices(EVENT_ID, [STALLS, CIRCLE], CONTEXT);
    expect(askedTypes()).toEqual([[STALLS, CIRCLE], [STALLS]]);
  });
});

describe('availability', () => {
  it('is at most two seconds old', async () => {
    expect(await catalog.availability([STALLS], CONTEXT)).toEqual(new Map([[STALLS, 7]]));
    clock.advance(1_999);
    await catalog.availability([STALLS], CONTEXT);
    expect(askedTypes()).toHaveLength(1);
    clock.advance(1);
    await catalog.availability([STALLS], CONTEXT);
    expect(askedTypes()).toHaveLength(2);
  });

  it('is unknown while ticket-service fails, and is not asked for again within a second', async () => {
    sibling.answersJson(503, {});
    expect(await catalog.availability([STALLS, CIRCLE], CONTEXT)).toBeNull();
    expect(await catalog.availability([STALLS], CONTEXT)).toBeNull();
    expect(askedTypes()).toHaveLength(1);
    openShop();
    clock.advance(1_000);
    expect(await catalog.availability([STALLS], CONTEXT)).toEqual(new Map([[STALLS, 7]]));
  });
});
