import type { Clock } from '@app/kernel';
import { z } from 'zod';
import type { Changes } from '../state/changes.js';
import type { StatePart } from '../state/state-part.js';
import {
  eventRow,
  ticketTypeRow,
  type EventRow,
  type EventWithTypes,
  type TicketTypeRow,
} from './catalogue-rows.js';
import { shippedCatalogue } from './shipped-catalogue.js';

export type EventAmendment = { readonly [K in keyof EventRow]?: EventRow[K] | undefined };
export type TicketTypeAmendment = { readonly [K in keyof TicketTypeRow]?: TicketTypeRow[K] | undefined };

const savedCatalogue = z.object({ events: z.array(eventRow), ticketTypes: z.array(ticketTypeRow) });

/** The events and their ticket types; what is sold of them is in the stock's books. */
export class Catalogue implements StatePart {
  readonly partName = 'catalogue';
  private readonly events = new Map<string, EventRow>();
  private readonly ticketTypes = new Map<string, TicketTypeRow>();

  constructor(
    private readonly clock: Clock,
    private readonly changes: Changes,
  ) {
    this.clear();
  }

  event(eventId: string): EventRow | undefined {
    return this.events.get(eventId);
  }

  ticketType(ticketTypeId: string): TicketTypeRow | undefined {
    return this.ticketTypes.get(ticketTypeId);
  }

  capacityOf(ticketTypeId: string): number {
    return this.ticketTypes.get(ticketTypeId)?.capacity ?? 0;
  }

  /** The event when it is this tenant's; another tenant's does not exist for the caller. */
  eventOf(tenantId: string, eventId: string): EventRow | undefined {
    const event = this.events.get(eventId);
    return event?.tenantId === tenantId ? event : undefined;
  }

  /** Those of the ticket types that are not this event's, or whose event is not this tenant's. */
  strangers(tenantId: string, eventId: string, ticketTypeIds: readonly string[]): readonly string[] {
    if (this.eventOf(tenantId, eventId) === undefined) return ticketTypeIds;
    return ticketTypeIds.filter((id) => this.ticketTypes.get(id)?.eventId !== eventId);
  }

  list(): readonly EventWithTypes[] {
    const typesByEvent = new Map<string, TicketTypeRow[]>();
    for (const type of this.ticketTypes.values()) {
      const siblings = typesByEvent.get(type.eventId);
      if (siblings === undefined) typesByEvent.set(type.eventId, [type]);
      else siblings.push(type);
    }
    return [...this.events.values()].map((event) => ({
      event,
      ticketTypes: typesByEvent.get(event.id) ?? [],
    }));
  }

  ticketTypesOf(eventId: string): readonly TicketTypeRow[] {
    return [...this.ticketTypes.values()].filter((type) => type.eventId === eventId);
  }

  allTicketTypes(): IterableIterator<TicketTypeRow> {
    return this.ticketTypes.values();
  }

  add({ event, ticketTypes }: EventWithTypes): void {
    this.events.set(event.id, event);
    for (const type of ticketTypes) this.ticketTypes.set(type.id, type);
    this.changes.mark();
  }

  /** The event after the amendment, one version on; undefined when there is none. */
  amendEvent(eventId: string, amendment: EventAmendment): EventRow | undefined {
    const event = this.events.get(eventId);
    if (event === undefined) return undefined;
    const amended = { ...event, ...withoutUndefined(amendment), version: event.version + 1 };
    this.events.set(eventId, amended);
    this.changes.mark();
    return amended;
  }

  /** The ticket type after the amendment, one version on; undefined when there is none. */
  amendTicketType(ticketTypeId: string, amendment: TicketTypeAmendment): TicketTypeRow | undefined {
    const type = this.ticketTypes.get(ticketTypeId);
    if (type === undefined) return undefined;
    const amended = { ...type, ...withoutUndefined(amendment), version: type.version + 1 };
    this.ticketTypes.set(ticketTypeId, amended);
    this.changes.mark();
    return amended;
  }

  dump(): unknown {
    return { events: [...this.events.values()], ticketTypes: [...this.ticketTypes.values()] };
  }

  restore(saved: unknown): void {
    const { events, ticketTypes } = savedCatalogue.parse(saved);
    this.events.clear();
    this.ticketTypes.clear();
    for (const event of events) this.events.set(event.id, event);
    for (const type of ticketTypes) this.ticketTypes.set(type.id, type);
  }

  clear(): void {
    this.events.clear();
    this.ticketTypes.clear();
    for (const shipped of shippedCatalogue(this.clock.now().getTime())) this.add(shipped);
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(amendment: T): Defined<T> {
  const entries = Object.entries(amendment).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}
