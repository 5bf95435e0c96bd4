import { DAY_MS, HOUR_MS } from '@app/kernel';
import type { EventStatus, EventWithTypes, Venue } from './catalogue-rows.js';

/** The tenant everything belongs to that names no other. */
export const DEFAULT_TENANT_ID = '11111111-1111-4111-8111-111111111111';

interface ShippedEvent {
  readonly number: number;
  readonly name: string;
  readonly status: EventStatus;
  readonly currency: string;
  readonly startsInDays: number;
  readonly venue: Omit<Venue, 'id'>;
  readonly purchaseLimitPerBuyer: number;
  readonly ticketTypes: readonly (readonly [name: string, unitPriceCents: number, capacity: number])[];
}

const SHIPPED: readonly ShippedEvent[] = [
  {
    number: 1,
    name: 'Golden Gate Philharmonic: Opening Night',
    status: 'ON_SALE',
    currency: 'USD',
    startsInDays: 60,
    venue: { country: 'US', region: 'CA', city: 'San Francisco', postalCode: '94102' },
    purchaseLimitPerBuyer: 20,
    ticketTypes: [
      ['Balcony', 4_500, 3_000],
      ['Stalls', 10_000, 1_500],
      ['Box seat', 24_900, 60],
    ],
  },
  {
    number: 2,
    name: 'Broadway Revue: Spring Season',
    status: 'ON_SALE',
    currency: 'USD',
    startsInDays: 45,
    venue: { country: 'US', region: 'NY', city: 'New York', postalCode: '10036' },
    purchaseLimitPerBuyer: 8,
    ticketTypes: [
      ['Mezzanine', 8_950, 400],
      ['Orchestra', 17_900, 600],
      ['Last row', 1_000, 20],
    ],
  },
  {
    number: 3,
    name: 'Spreeklang Festival',
    status: 'ON_SALE',
    currency: 'EUR',
    startsInDays: 90,
    venue: { country: 'DE', region: 'BE', city: 'Berlin', postalCode: '10243' },
    purchaseLimitPerBuyer: 10,
    ticketTypes: [
      ['Tagesticket', 6_950, 8_000],
      ['Wochenendticket', 14_900, 5_000],
      ['Zeltplatz', 2_500, 1_000],
    ],
  },
  {
    number: 4,
    name: 'Sumida Jazz Night',
    status: 'ON_SALE',
    currency: 'JPY',
    startsInDays: 75,
    venue: { country: 'JP', region: '13', city: 'Tokyo', postalCode: '130-0015' },
    purchaseLimitPerBuyer: 6,
    ticketTypes: [
      ['Standing', 6_800, 900],
      ['Reserved seat', 9_800, 450],
    ],
  },
  {
    number: 5,
    name: 'Gulf Oud Evening',
    status: 'ON_SALE',
    currency: 'KWD',
    startsInDays: 50,
    venue: { country: 'KW', region: 'KU', city: 'Kuwait City', postalCode: '13001' },
    purchaseLimitPerBuyer: 6,
    ticketTypes: [
      ['Hall', 12_500, 700],
      ['Front row', 35_750, 40],
    ],
  },
  {
    number: 6,
    name: 'Open Rehearsal and Artist Talk',
    status: 'ON_SALE',
    currency: 'USD',
    startsInDays: 40,
    venue: { country: 'US', region: 'CA', city: 'Los Angeles', postalCode: '90012' },
    purchaseLimitPerBuyer: 4,
    ticketTypes: [
      ['Free admission', 0, 250],
      ['Supporter', 2_500, 50],
    ],
  },
  {
    number: 7,
    name: "New Year's Gala",
    status: 'SCHEDULED',
    currency: 'EUR',
    startsInDays: 200,
    venue: { country: 'DE', region: 'BY', city: 'München', postalCode: '80331' },
    purchaseLimitPerBuyer: 4,
    ticketTypes: [['Gala seat', 19_500, 300]],
  },
];

const EVENT_HOURS = 3;
const ON_SALE_SINCE_DAYS = 7;
const SCHEDULED_SALE_BEFORE_DAYS = 60;

/** The events the sandbox ships with, starting well after `nowMs`; their ids never change. */
export function shippedCatalogue(nowMs: number): readonly EventWithTypes[] {
  return SHIPPED.map((shipped) => {
    const startsAtMs = nowMs + shipped.startsInDays * DAY_MS;
    const saleStartsAtMs =
      shipped.status === 'SCHEDULED'
        ? startsAtMs - SCHEDULED_SALE_BEFORE_DAYS * DAY_MS
        : nowMs - ON_SALE_SINCE_DAYS * DAY_MS;
    const id = fixedId('2', shipped.number, 0);
    const event = {
      id,
      tenantId: DEFAULT_TENANT_ID,
      name: shipped.name,
      status: shipped.status,
      currency: shipped.currency,
      startsAt: iso(startsAtMs),
      endsAt: iso(startsAtMs + EVENT_HOURS * HOUR_MS),
      saleStartsAt: iso(saleStartsAtMs),
      saleEndsAt: iso(startsAtMs),
      venue: { id: fixedId('3', shipped.number, 0), ...shipped.venue },
      purchaseLimitPerBuyer: shipped.purchaseLimitPerBuyer,
      version: 1,
      stockMode: 'atomic' as const,
    };
    const ticketTypes = shipped.ticketTypes.map(([name, unitPriceCents, capacity], index) => ({
      id: fixedId('4', shipped.number, index + 1),
      eventId: id,
      tenantId: DEFAULT_TENANT_ID,
      name,
      unitPriceCents,
      currency: shipped.currency,
      capacity,
      version: 1,
    }));
    return { event, ticketTypes };
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** `22222222-0003-4000-8000-000000000001`: what it is, which event, which of its parts. */
function fixedId(kind: string, event: number, part: number): string {
  return `${kind.repeat(8)}-${String(event).padStart(4, '0')}-4000-8000-${String(part).padStart(12, '0')}`;
}
