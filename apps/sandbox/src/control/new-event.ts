import { randomUUID } from 'node:crypto';
import { HOUR_MS } from '@app/kernel';
import type { EventAmendment } from '../catalogue/catalogue.js';
import type { EventWithTypes, Venue } from '../catalogue/catalogue-rows.js';
import { DEFAULT_TENANT_ID } from '../catalogue/shipped-catalogue.js';
import type { AmendEventBody, CreateEventBody } from './control.schemas.js';

const EVENT_HOURS = 3;
const ON_SALE_SINCE_HOURS = 24;

/** Reykjavík: no shipped tax row names Iceland, so the default rate applies. */
const UNTAXED_REGION: Omit<Venue, 'id'> = {
  country: 'IS',
  region: 'RVK',
  city: 'Reykjavík',
  postalCode: '101',
};

/** An event as it was asked for, with realistic values for what was left out. */
export function newEvent(body: CreateEventBody, nowMs: number): EventWithTypes {
  const tenantId = body.tenantId ?? DEFAULT_TENANT_ID;
  const id = randomUUID();
  const { currency } = body;
  const event = {
    id,
    tenantId,
    name: body.name ?? `Evening at the Harbour ${id.slice(0, 8)}`,
    status: body.status,
    currency,
    startsAt: inHours(nowMs, body.startsInHours),
    endsAt: inHours(nowMs, body.startsInHours + EVENT_HOURS),
    saleStartsAt: inHours(
      nowMs,
      body.saleStartsInHours ?? Math.min(0, body.startsInHours) - ON_SALE_SINCE_HOURS,
    ),
    saleEndsAt: inHours(nowMs, body.saleEndsInHours ?? body.startsInHours),
    venue: { ...UNTAXED_REGION, ...body.venue, id: body.venue?.id ?? randomUUID() },
    purchaseLimitPerBuyer: body.purchaseLimitPerBuyer,
    version: 1,
    stockMode: body.stockMode,
  };
  const ticketTypes = body.ticketTypes.map(({ name, unitPriceCents, capacity }, index) => ({
    id: randomUUID(),
    eventId: id,
    tenantId,
    name: name ?? `Category ${index + 1}`,
    unitPriceCents,
    currency,
    capacity,
    version: 1,
  }));
  return { event, ticketTypes };
}

/** What changes of an event; moving its start moves its end and the end of its sale too. */
export function amendmentOf(body: AmendEventBody, nowMs: number): EventAmendment {
  const { name, status, purchaseLimitPerBuyer, stockMode, startsInHours, saleStartsInHours } = body;
  const saleEndsInHours = body.saleEndsInHours ?? startsInHours;
  return {
    name,
    status,
    purchaseLimitPerBuyer,
    stockMode,
    ...(startsInHours === undefined
      ? {}
      : { startsAt: inHours(nowMs, startsInHours), endsAt: inHours(nowMs, startsInHours + EVENT_HOURS) }),
    ...(saleStartsInHours === undefined ? {} : { saleStartsAt: inHours(nowMs, saleStartsInHours) }),
    ...(saleEndsInHours === undefined ? {} : { saleEndsAt: inHours(nowMs, saleEndsInHours) }),
  };
}

function inHours(nowMs: number, hours: number): string {
  return new Date(nowMs + hours * HOUR_MS).toISOString();
}
