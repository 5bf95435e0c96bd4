import {
  OPERATIONS_WITH_AMOUNTS,
  type FaultMode,
  type OperationName,
  type ServiceName,
} from './fault-names.js';

export interface Fault {
  readonly service: ServiceName | '*';
  readonly operation: OperationName | '*';
  readonly mode: FaultMode;
  /** How often it strikes; null until it is cleared. */
  readonly times: number | null;
  /** How long a latency lasts or a time-out does not answer. */
  readonly ms: number;
  /** Drawn per call, 0 … 1. */
  readonly probability: number;
}

export interface Strike {
  readonly mode: FaultMode;
  readonly ms: number;
  /** The how-manieth strike of its fault this is, from 1. */
  readonly count: number;
}

export interface FaultView {
  readonly service: string;
  readonly operation: string;
  readonly mode: FaultMode;
  /** Strikes that are left; null when unlimited. */
  readonly times: number | null;
  readonly ms: number;
  readonly probability: number;
  readonly fired: number;
}

interface ActiveFault {
  readonly fault: Fault;
  left: number;
  fired: number;
}

export const FAULTS_MAX = 100;

/** The faults in force, in the order they were put. */
export class FaultBoard {
  private active: ActiveFault[] = [];

  constructor(private readonly random: () => number = Math.random) {}

  /** Adds a fault, or starts the one of the same service, operation and mode afresh in its place. */
  put(fault: Fault): void {
    const fresh: ActiveFault = { fault, left: fault.times ?? Infinity, fired: 0 };
    const place = this.active.findIndex(
      ({ fault: other }) =>
        other.service === fault.service && other.operation === fault.operation && other.mode === fault.mode,
    );
    if (place >= 0) this.active[place] = fresh;
    else this.active.push(fresh);
  }

  get size(): number {
    return this.active.length;
  }

  /** The first fault that matches, has strikes left and draws this call; it is counted as fired. */
  strike(service: ServiceName, operation: OperationName): Strike | null {
    for (const entry of this.active) {
      if (entry.left <= 0 || !matches(entry.fault, service, operation)) continue;
      if (entry.fault.probability < 1 && this.random() >= entry.fault.probability) continue;
      entry.left -= 1;
      entry.fired += 1;
      return { mode: entry.fault.mode, ms: entry.fault.ms, count: entry.fired };
    }
    return null;
  }

  list(): readonly FaultView[] {
    return this.active.map(({ fault, left, fired }) => ({
      ...fault,
      times: Number.isFinite(left) ? left : null,
      fired,
    }));
  }

  clear(): void {
    this.active = [];
  }
}

function matches(fault: Fault, service: ServiceName, operation: OperationName): boolean {
  if (fault.service !== '*' && fault.service !== service) return false;
  if (fault.operation !== '*') return fault.operation === operation;
  return fault.mode !== 'wrong-amount' || OPERATIONS_WITH_AMOUNTS.has(operation);
}
