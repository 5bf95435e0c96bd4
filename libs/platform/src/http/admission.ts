import { OrdinaryPlaces, type SaturationSigns } from './ordinary-places.js';

/** More would not help to find the guilty one. */
const NAMED_MAX = 20;

const NOTHING_WAITS: SaturationSigns = {
  shortestWaitMs: () => undefined,
  busyShare: () => 0,
  nowMs: () => 0,
};

/**
 * Caps the requests served at once. A quarter of the places is kept for routes that give money or seats back; the
 * others become fewer while their requests would only wait (see OrdinaryPlaces).
 * A place is held until the work is over, also when the client has long gone: what it costs is the work.
 */
export class Admission {
  private readonly ordinary: OrdinaryPlaces;
  private inFlightCount = 0;
  private waiting: (() => void)[] = [];
  private readonly unfinished = new Set<Place>();

  /** @param placesMax requests in flight at most, 1 or more */
  constructor(
    private readonly placesMax: number,
    signs: SaturationSigns = NOTHING_WAITS,
  ) {
    this.ordinary = new OrdinaryPlaces(placesMax - Math.floor(placesMax / 4), signs);
  }

  get inFlight(): number {
    return this.inFlightCount;
  }

  hasOrdinaryPlace(): boolean {
    return this.ordinary.hasPlaceBeside(this.inFlightCount);
  }

  /** A place, to be given back exactly once; undefined when there is none. */
  enter(options: {
    readonly reserved: boolean;
    readonly requestId?: string;
    readonly giveUp?: () => void;
  }): Place | undefined {
    const hasPlace = options.reserved ? this.inFlightCount < this.placesMax : this.hasOrdinaryPlace();
    if (!hasPlace) return undefined;
    this.inFlightCount += 1;
    const place = new Place(() => {
      this.unfinished.delete(place);
      if (!options.reserved) this.ordinary.served();
      this.leave();
    }, options);
    this.unfinished.add(place);
    return place;
  }

  /** Whose work may have thrown what nobody caught: the latest of those in flight. */
  requestIdsInFlight(): readonly string[] {
    return [...this.unfinished]
      .slice(-NAMED_MAX)
      .map(({ requestId }) => requestId)
      .filter((requestId) => requestId !== undefined);
  }

  /** Answers everybody who still waits, because the process cannot wait with them any longer. */
  giveUp(): void {
    for (const place of this.unfinished) place.giveUp();
  }

  /** Resolves once nothing is in flight. */
  whenIdle(): Promise<void> {
    if (this.inFlightCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private leave(): void {
    this.inFlightCount -= 1;
    if (this.inFlightCount > 0) return;
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** One request's place: free when its connection is done with it and no handler works on it any more. */
export class Place {
  readonly requestId: string | undefined;
  /** Answers the client, unless it has its answer. */
  readonly giveUp: () => void;
  private isWorking = false;
  private isClosed = false;
  private isFree = false;

  constructor(
    private readonly release: () => void,
    { requestId, giveUp = () => undefined }: { readonly requestId?: string; readonly giveUp?: () => void },
  ) {
    this.requestId = requestId;
    this.giveUp = giveUp;
  }

  /** The handler takes over. */
  workBegins(): void {
    this.isWorking = true;
  }

  /** The handler has its answer. */
  workEnds(): void {
    this.isWorking = false;
    this.freeWhenOver();
  }

  /** The answer is out, or the client is gone. */
  connectionDone(): void {
    this.isClosed = true;
    this.freeWhenOver();
  }

  private freeWhenOver(): void {
    if (!this.isClosed || this.isWorking || this.isFree) return;
    this.isFree = true;
    this.release();
  }
}
