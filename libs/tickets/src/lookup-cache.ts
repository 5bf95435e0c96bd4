import type { Clock } from '@app/kernel';

interface Entry<V> {
  readonly value: V;
  /** When the lookup was sent: the value may be as old as that. */
  readonly askedAtMs: number;
  readonly staleAtMs: number;
}

interface Flight<V> {
  readonly id: symbol;
  readonly askedAtMs: number;
  readonly value: Promise<V>;
}

export interface LookupCacheOptions<V> {
  readonly entriesMax: number;
  /** How long a value may be used, from the moment it was asked for; 0 is never kept. */
  readonly ttlMs: (value: V) => number;
}

/**
 * A bounded cache of lookups (least recently used goes first) in which nobody asks for what another is asking for
 * already. Failures are not kept.
 */
export class LookupCache<V> {
  private readonly entries = new Map<string, Entry<V>>();
  private readonly flights = new Map<string, Flight<V>>();

  constructor(
    private readonly clock: Clock,
    private readonly options: LookupCacheOptions<V>,
  ) {}

  /**
   * The values of `keys`, in their order; `fetchMissing` is asked once, for those that are neither cached nor on
   * their way, and must answer every key it was given.
   * @param maxAgeMs how old a value may be at most, whatever its time to live
   */
  async many(
    keys: readonly string[],
    maxAgeMs: number,
    fetchMissing: (missing: readonly string[]) => Promise<ReadonlyMap<string, V>>,
  ): Promise<readonly V[]> {
    const nowMs = this.clock.monotonicMs();
    const known = keys.map((key) => this.known(key, nowMs, maxAgeMs));
    const missing = [...new Set(keys.filter((_key, index) => known[index] === undefined))];
    if (missing.length > 0) this.take(missing, nowMs, fetchMissing(missing));
    return Promise.all(keys.map((key, index) => known[index] ?? this.flightOf(key)));
  }

  /** Forgets every key that fits, and what is on its way for it: it may have been read before the change. */
  drop(fits: (key: string) => boolean): void {
    for (const key of this.entries.keys()) if (fits(key)) this.entries.delete(key);
    for (const key of this.flights.keys()) if (fits(key)) this.flights.delete(key);
  }

  get size(): number {
    return this.entries.size;
  }

  private known(key: string, nowMs: number, maxAgeMs: number): Promise<V> | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined && nowMs < entry.staleAtMs && nowMs - entry.askedAtMs <= maxAgeMs) {
      this.entries.delete(key);
      this.entries.set(key, entry);
      return Promise.resolve(entry.value);
    }
    const flight = this.flights.get(key);
    return flight !== undefined && nowMs - flight.askedAtMs <= maxAgeMs ? flight.value : undefined;
  }

  private take(keys: readonly string[], askedAtMs: number, answers: Promise<ReadonlyMap<string, V>>): void {
    for (const key of keys) {
      const id = Symbol(key);
      this.flights.set(key, { id, askedAtMs, value: this.land(key, { id, askedAtMs }, answers) });
    }
  }

  private async land(
    key: string,
    flight: Omit<Flight<V>, 'value'>,
    answers: Promise<ReadonlyMap<string, V>>,
  ): Promise<V> {
    try {
      const value = (await answers).get(key);
      if (value === undefined) throw new Error('a lookup did not answer every key');
      // One that was dropped meanwhile still answers those who wait, but is not kept.
      if (this.flights.get(key)?.id === flight.id) this.keep(key, value, flight.askedAtMs);
      return value;
    } finally {
      if (this.flights.get(key)?.id === flight.id) this.flights.delete(key);
    }
  }

  private keep(key: string, value: V, askedAtMs: number): void {
    const staleAtMs = askedAtMs + this.options.ttlMs(value);
    this.entries.delete(key);
    if (staleAtMs <= this.clock.monotonicMs()) return;
    this.entries.set(key, { value, askedAtMs, staleAtMs });
    if (this.entries.size <= this.options.entriesMax) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  private flightOf(key: string): Promise<V> {
    const flight = this.flights.get(key);
    if (flight === undefined) throw new Error('a lookup was not started');
    return flight.value;
  }
}
