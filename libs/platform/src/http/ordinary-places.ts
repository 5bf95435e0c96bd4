/** Often enough that no long queue builds up between two looks, seldom enough to see a wait end. */
const LOOK_EVERY_MS = 100;
/** A buyer waits for a second; a request needs its connection well before that. */
const WAIT_MAX_MS = 200;
/** A process whose event loop rests less than this has no time for more. */
const BUSY_SHARE_MAX = 0.95;
/** Those who are in are to be answered within this time, at the pace of now: a quarter of what a buyer waits. */
const ANSWER_WITHIN_MS = 250;
/** Keeps a dozen connections busy, and is answered in time by a process that serves a hundred a second. */
const PLACES_MIN = 64;
/** A rush of a few hundred is served in this time; what lasts longer is no rush. */
const RUSH_MS = 1_000;
/** A look without a sign in the middle of an overload does not end it. */
const CALM_MS = 500;
const GROWTH = 1.05;
/** How much the newest look counts in the pace, so that one pause of the garbage collector does not close the door. */
const NEWEST_SHARE = 0.3;

/** What tells that requests only wait. */
export interface SaturationSigns {
  /** The shortest wait for a connection since it was last asked; undefined when there was none. */
  readonly shortestWaitMs: () => number | undefined;
  /** How much of the time since it was last asked the event loop was busy, 0 to 1. */
  readonly busyShare: () => number;
  readonly nowMs: () => number;
}

/**
 * How many ordinary requests may be in flight. A rush may stand in a queue for a moment. When for longer than that even
 * the luckiest waited too long for a connection (the sign that CoDel goes by, RFC 8289), or the event loop had no rest,
 * more of them would only make everybody wait: then there are as many places as are answered in a quarter of a second
 * (Little's law: places = pace × time). Time spent at siblings is no such sign, because fewer places would not make it
 * shorter.
 */
export class OrdinaryPlaces {
  private readonly placesMin: number;
  private places: number;
  private lookedAtMs: number;
  private servedCount = 0;
  private limitSinceMs: number | undefined;
  private limitSeenAtMs = 0;
  /** Answers per millisecond. */
  private pace: number | undefined;

  constructor(
    private readonly placesMax: number,
    private readonly signs: SaturationSigns,
  ) {
    this.placesMin = Math.min(PLACES_MIN, placesMax);
    this.places = placesMax;
    this.lookedAtMs = signs.nowMs();
  }

  /** Whether there is a place for one more beside so many. */
  hasPlaceBeside(inFlight: number): boolean {
    const nowMs = this.signs.nowMs();
    if (nowMs - this.lookedAtMs >= LOOK_EVERY_MS) this.look(nowMs);
    return inFlight < this.places;
  }

  /** An ordinary request has its answer. */
  served(): void {
    this.servedCount += 1;
  }

  private look(nowMs: number): void {
    const newest = this.servedCount / (nowMs - this.lookedAtMs);
    const pace = this.pace === undefined ? newest : this.pace + NEWEST_SHARE * (newest - this.pace);
    this.pace = pace;
    this.servedCount = 0;
    this.lookedAtMs = nowMs;
    this.places = Math.min(this.placesMax, Math.max(this.placesMin, this.wanted(nowMs, pace)));
  }

  private wanted(nowMs: number, pace: number): number {
    const isAtLimit = this.isAtLimit();
    if (isAtLimit) {
      this.limitSinceMs ??= nowMs;
      this.limitSeenAtMs = nowMs;
    } else if (nowMs - this.limitSeenAtMs >= CALM_MS) this.limitSinceMs = undefined;
    if (this.limitSinceMs === undefined || nowMs - this.limitSinceMs < RUSH_MS) return this.placesMax;
    const more = Math.ceil(this.places * GROWTH);
    return isAtLimit ? Math.min(more, Math.ceil(pace * ANSWER_WITHIN_MS)) : more;
  }

  private isAtLimit(): boolean {
    const { shortestWaitMs, busyShare } = this.signs;
    // Both are asked, because each begins anew with the asking.
    const [waitMs, share] = [shortestWaitMs(), busyShare()];
    return (waitMs !== undefined && waitMs > WAIT_MAX_MS) || share > BUSY_SHARE_MAX;
  }
}
