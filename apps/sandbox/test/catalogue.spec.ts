import { randomUUID } from 'node:crypto';
import { DEFAULT_TENANT_ID } from '../src/index.js';
import { startForTest, stopAll } from './sandbox-under-test.js';

afterEach(stopAll);

describe('the catalogue', () => {
  it('ships events on sale in several currencies and regions, all of the default tenant', async () => {
    const sandbox = await startForTest();
    const { body } = await sandbox.send('GET', '/sandbox/catalog');
    const events = body.events as readonly {
      currency: string;
      tenantId: string;
      venue: { country: string };
    }[];
    expect(body.tenantId).toBe(DEFAULT_TENANT_ID);
    expect(new Set(events.map((event) => event.currency))).toEqual(new Set(['USD', 'EUR', 'JPY', 'KWD']));
    expect(new Set(events.map((event) => event.venue.country))).toEqual(new Set(['US', 'DE', 'JP', 'KW']));
    expect(new Set(events.map((event) => event.tenantId))).toEqual(new Set([DEFAULT_TENANT_ID]));
  });

  it('shows an event and its prices to its own tenant only', async () => {
    const sandbox = await startForTest();
    const event = await sandbox.event(5);
    const foreign = { 'x-tenant-id': randomUUID() };
    const prices = { eventId: event.id, ticketTypeIds: event.ticketTypes.map((type) => type.id) };
    expect(await sandbox.send('GET', `/internal/events/${event.id}`)).toMatchObject({
      status: 200,
      body: { id: event.id, status: 'ON_SALE', currency: 'USD', version: 1 },
    });
    expect(await sandbox.post('/internal/tickets/prices', prices)).toMatchObject({
      status: 200,
      body: { prices: [{ unitPriceCents: 10_000, currency: 'USD', eventId: event.id }] },
    });
    expect(await sandbox.send('GET', `/internal/events/${event.id}`, undefined, foreign)).toMatchObject({
      status: 404,
      body: { code: 'EVENT_NOT_FOUND' },
    });
    expect(await sandbox.send('POST', '/internal/tickets/prices', prices, foreign)).toMatchObject({
      status: 404,
      body: { code: 'TICKET_TYPE_NOT_FOUND', ticketTypeIds: prices.ticketTypeIds },
    });
  });

  it('changes prices, capacities and status', async () => {
    const sandbox = await startForTest();
    const event = await sandbox.event(5);
    const typeId = event.ticketTypes[0]?.id ?? '';
    expect(
      await sandbox.send('PATCH', `/sandbox/ticket-types/${typeId}`, { unitPriceCents: 12_000, capacity: 2 }),
    ).toMatchObject({ status: 200, body: { unitPriceCents: 12_000, capacity: 2, available: 2 } });
    expect(await sandbox.send('PATCH', `/sandbox/events/${event.id}`, { status: 'CANCELLED' })).toMatchObject(
      {
        status: 200,
        body: { status: 'CANCELLED', version: 2 },
      },
    );
    expect(await sandbox.send('PATCH', `/sandbox/events/${event.id}`, {})).toMatchObject({ status: 400 });
  });
});

describe('the address', () => {
  it('answers what it does not know with JSON', async () => {
    const sandbox = await startForTest();
    expect(await sandbox.send('GET', '/nowhere')).toMatchObject({
      status: 404,
      body: { code: 'ROUTE_NOT_FOUND' },
    });
  });
});
