/** Often enough that no long queue builds up between two looks, seldom enough to see a wait end. */
const LOOK_EVERY_MS = 100;
/** A buyer waits for a second; a request needs its connection well before that. */
const WAIT_MAX_MS = 200;
/** Keeps a dozen connections busy, and is answered in time by a process that serves a hundred a second. */
const PLACES_MIN = 64;
const SHRINK_MIN = 0.5;
const GROWTH = 1.05;

/** @returns the shortest wait for a connection since it was last asked, undefined when there was none */
export type ShortestWaitMs = () => number | undefined;

/**
 * How many ordinary requests may be in flight. A rush may stand in a queue for a moment; when even the luckiest of a
 * whole look waited too long, the queue stands still, everybody would be answered too late, and it is made shorter.
 * Controlled by the shortest wait, as CoDel does (RFC 8289); time spent at siblings does not count, because fewer
 * places would not make it shorter.
 */
export class OrdinaryPlaces {
  private readonly placesMin: number;
  private places: number;
  private looksAtMs = 0;

  constructor(
    private readonly placesMax: number,
    private readonly shortestWaitMs: ShortestWaitMs,
    private readonly nowMs: () => number,
  ) {
    this.placesMin = Math.min(PLACES_MIN, placesMax);
    this.places = placesMax;
  }

  /** Whether there is a place for one more beside so many. */
  hasPlaceBeside(inFlight: number): boolean {
    const nowMs = this.nowMs();
    if (nowMs >= this.looksAtMs) {
      this.looksAtMs = nowMs + LOOK_EVERY_MS;
      this.look(inFlight);
    }
    return inFlight < this.places;
  }

  private look(inFlight: number): void {
    const waitMs = this.shortestWaitMs();
    if (waitMs === undefined || waitMs <= WAIT_MAX_MS) {
      this.places = Math.min(this.placesMax, Math.ceil(this.places * GROWTH));
      return;
    }
    // What was decided last must take effect first: those who are in are not sent away.
    if (inFlight > this.places) return;
    const share = Math.max(SHRINK_MIN, WAIT_MAX_MS / waitMs);
    this.places = Math.max(this.placesMin, Math.floor(Math.min(this.places, inFlight) * share));
  }
}
