import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import type { CallContext, UpstreamName } from '@app/platform';
import { EventServiceClient } from './event-service.client.js';
import { LookupCache } from './lookup-cache.js';
import { TicketServiceClient } from './ticket-service.client.js';
import type { EventDetails, TicketTypePrice } from './wire.js';

/** Prices are checked again at reserve with an age of this at most. */
const FRESH_MS = 5 * SECOND_MS;
const AVAILABILITY_FRESH_MS = 2 * SECOND_MS;
/** Short, so that what was created a moment ago is found. */
const ABSENT_MS = SECOND_MS;
/** Availability is a courtesy to the buyer and may hold up a create for this long only. */
const AVAILABILITY_TIMEOUT_MS = SECOND_MS;

const EVENTS_MAX = 2_000;
const TICKET_TYPES_MAX = 10_000;

/** A refusal may name one unknown ticket type at a time; after this many the rest counts as unavailable. */
const PRICE_ROUNDS_MAX = 3;

type Lookup<T> = { readonly kind: 'found'; readonly value: T } | { readonly kind: 'absent' };

export interface LookupOptions {
  /** How old the answer may be at most; without it, its time to live decides. */
  readonly maxAgeMs?: number;
}

/** Events, prices and availability for the request path: cached for seconds, asked once however many wait. */
@Injectable()
export class TicketCatalog {
  private readonly events: LookupCache<Lookup<EventDetails>>;
  private readonly ticketTypePrices: LookupCache<Lookup<TicketTypePrice>>;
  private readonly counts: LookupCache<Lookup<number>>;

  constructor(
    private readonly eventService: EventServiceClient,
    private readonly ticketService: TicketServiceClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const ttlMs = (lookup: Lookup<unknown>): number => (lookup.kind === 'found' ? FRESH_MS : ABSENT_MS);
    this.events = new LookupCache<Lookup<EventDetails>>(clock, { entriesMax: EVENTS_MAX, ttlMs });
    this.ticketTypePrices = new LookupCache<Lookup<TicketTypePrice>>(clock, {
      entriesMax: TICKET_TYPES_MAX,
      ttlMs,
    });
    this.counts = new LookupCache<Lookup<number>>(clock, {
      entriesMax: TICKET_TYPES_MAX,
      ttlMs: (lookup) => (lookup.kind === 'found' ? AVAILABILITY_FRESH_MS : ABSENT_MS),
    });
  }

  /** @throws EVENT_NOT_FOUND; UPSTREAM_UNAVAILABLE when event-service gives no usable answer in time */
  async event(eventId: string, context: CallContext, options: LookupOptions = {}): Promise<EventDetails> {
    const id = eventId.toLowerCase();
    const lookups = this.events.many([cacheKey(context, id)], options.maxAgeMs ?? FRESH_MS, async ([key]) => {
      const lookup = await this.fetchEvent(id, shared(context));
      return new Map(key === undefined ? [] : [[key, lookup]]);
    });
    const [lookup] = await this.inTime(lookups, 'event-service', context);
    if (lookup?.kind !== 'found') throw new AppError('EVENT_NOT_FOUND');
    return lookup.value;
  }

  /**
   * The prices of ticket types of one event, by the ids as they were given.
   * @throws TICKET_TYPE_NOT_FOUND (names them in `ticketTypeIds`); UPSTREAM_UNAVAILABLE when ticket-service gives no
   * usable answer in time
   */
  async prices(
    eventId: string,
    ticketTypeIds: readonly string[],
    context: CallContext,
    options: LookupOptions = {},
  ): Promise<ReadonlyMap<string, TicketTypePrice>> {
    const event = eventId.toLowerCase();
    const keys = ticketTypeIds.map((id) => cacheKey(context, event, id.toLowerCase()));
    const lookups = this.ticketTypePrices.many(keys, options.maxAgeMs ?? FRESH_MS, async (missing) => {
      const ids = missing.map(lastPart);
      const found = await this.fetchPrices(event, ids, shared(context));
      return new Map(missing.map((key) => [key, found.get(lastPart(key)) ?? { kind: 'absent' }]));
    });
    const answers = await this.inTime(lookups, 'ticket-service', context);
    return allFound(ticketTypeIds, answers);
  }

  /** How many tickets are left of each type, by the ids as they were given; null when nobody can say. */
  async availability(
    ticketTypeIds: readonly string[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, number> | null> {
    const keys = ticketTypeIds.map((id) => cacheKey(context, id.toLowerCase()));
    const answers = await this.counts.many(keys, AVAILABILITY_FRESH_MS, async (missing) => {
      const found = await this.fetchAvailability(missing.map(lastPart), shared(context));
      return new Map(missing.map((key) => [key, found.get(lastPart(key)) ?? { kind: 'absent' }]));
    });
    const counts = new Map<string, number>();
    for (const [index, id] of ticketTypeIds.entries()) {
      const lookup = answers[index];
      if (lookup?.kind !== 'found') return null;
      counts.set(id, lookup.value);
    }
    return counts;
  }

  /** After `event.updated`: the event and its prices are asked for afresh. */
  drop(eventId: string): void {
    const id = eventId.toLowerCase();
    this.events.drop((key) => lastPart(key) === id);
    this.ticketTypePrices.drop((key) => key.split(SEPARATOR)[1] === id);
  }

  /** After `ticket-type.updated`. */
  dropTicketType(ticketTypeId: string): void {
    const id = ticketTypeId.toLowerCase();
    this.ticketTypePrices.drop((key) => lastPart(key) === id);
    this.counts.drop((key) => lastPart(key) === id);
  }

  private async fetchEvent(eventId: string, context: CallContext): Promise<Lookup<EventDetails>> {
    const outcome = await this.eventService.getEvent(eventId, context);
    if (outcome.kind === 'done') return { kind: 'found', value: outcome.body };
    if (outcome.kind === 'refused') return { kind: 'absent' };
    throw unavailable('event-service');
  }

  private async fetchPrices(
    eventId: string,
    ticketTypeIds: readonly string[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, Lookup<TicketTypePrice>>> {
    const lookups = new Map<string, Lookup<TicketTypePrice>>();
    let wanted = ticketTypeIds;
    for (let round = 1; round <= PRICE_ROUNDS_MAX && wanted.length > 0; round += 1) {
      const outcome = await this.ticketService.prices({ eventId, ticketTypeIds: wanted }, context);
      if (outcome.kind === 'done') {
        for (const price of outcome.body.prices) {
          lookups.set(price.ticketTypeId.toLowerCase(), { kind: 'found', value: price });
        }
        return lookups;
      }
      if (outcome.kind !== 'refused') throw unavailable('ticket-service');
      // Others may wait for the rest of this basket, so one bad id must not make theirs unknown.
      const named = new Set(outcome.body.ticketTypeIds.map((id) => id.toLowerCase()));
      const absent = wanted.filter((id) => named.has(id));
      for (const id of absent.length === 0 ? wanted : absent) lookups.set(id, { kind: 'absent' });
      wanted = wanted.filter((id) => !lookups.has(id));
    }
    if (wanted.length > 0) throw unavailable('ticket-service');
    return lookups;
  }

  private async fetchAvailability(
    ticketTypeIds: readonly string[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, Lookup<number>>> {
    const deadlineAtMs = this.clock.monotonicMs() + AVAILABILITY_TIMEOUT_MS;
    const outcome = await this.ticketService.availability({ ticketTypeIds }, { ...context, deadlineAtMs });
    if (outcome.kind !== 'done') return new Map();
    return new Map(
      outcome.body.availability.map((row) => [
        row.ticketTypeId.toLowerCase(),
        { kind: 'found', value: row.available },
      ]),
    );
  }

  /** Many wait for one lookup, each until its own deadline. */
  private async inTime<T>(lookup: Promise<T>, upstream: UpstreamName, context: CallContext): Promise<T> {
    if (context.deadlineAtMs === undefined) return lookup;
    let timer: NodeJS.Timeout | undefined;
    const patienceMs = Math.max(0, context.deadlineAtMs - this.clock.monotonicMs());
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(unavailable(upstream));
      }, patienceMs);
    });
    try {
      return await Promise.race([lookup, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const SEPARATOR = '|';

function cacheKey(context: CallContext, ...ids: readonly string[]): string {
  if (context.tenantId === null)
    throw new AppError('INTERNAL', { reason: 'a catalogue lookup without a tenant' });
  return [context.tenantId.toLowerCase(), ...ids].join(SEPARATOR);
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf(SEPARATOR) + 1);
}

/** A lookup that others wait for too must not end at the deadline of the one who asked first. */
function shared(context: CallContext): CallContext {
  const { tenantId, requestId, traceparent } = context;
  return { tenantId, requestId, ...(traceparent === undefined ? {} : { traceparent }) };
}

function unavailable(upstream: UpstreamName): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', { upstream }, { members: { upstream } });
}

function allFound(
  ticketTypeIds: readonly string[],
  answers: readonly Lookup<TicketTypePrice>[],
): ReadonlyMap<string, TicketTypePrice> {
  const prices = new Map<string, TicketTypePrice>();
  const absentIds: string[] = [];
  for (const [index, id] of ticketTypeIds.entries()) {
    const lookup = answers[index];
    if (lookup?.kind === 'found') prices.set(id, lookup.value);
    else absentIds.push(id);
  }
  if (absentIds.length > 0) {
    throw new AppError('TICKET_TYPE_NOT_FOUND', {}, { members: { ticketTypeIds: absentIds } });
  }
  return prices;
}
