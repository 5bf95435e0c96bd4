import { writeSync } from 'node:fs';
import { CRASH_POINTS, type CrashPoint } from './crash-points-table.js';

/** Which point, and at which of its visits: 1 is the first. */
export interface CrashPlan {
  readonly point: CrashPoint;
  readonly visit: number;
}

/** `exit`: dead at once, as by kill -9 · `freeze`: the whole process stands still and goes on later, as after a long pause. */
export type CrashAction = { readonly kind: 'exit' } | { readonly kind: 'freeze'; readonly freezeMs: number };

const STANDARD_ERROR = 2;

/** @throws a sentence for a name that is not in the table, or a count that is none */
export function parseCrashPlan(text: string): CrashPlan | null {
  if (text === '') return null;
  const [name, count = '1'] = text.split(':');
  const point = CRASH_POINTS.find((known) => known === name);
  if (point === undefined) throw new Error(`"${name ?? ''}" is not a crash point`);
  const visit = Number(count);
  if (!Number.isInteger(visit) || visit < 1) throw new Error('counts visits from 1, as in name:2');
  return { point, visit };
}

/** @throws a sentence for anything but `exit` and `freeze:<milliseconds>` */
export function parseCrashAction(text: string): CrashAction {
  if (text === 'exit') return { kind: 'exit' };
  const freezeMs = Number(/^freeze:(\d{1,7})$/.exec(text)?.[1] ?? Number.NaN);
  if (!Number.isInteger(freezeMs)) throw new Error('must be exit or freeze:<milliseconds>');
  return { kind: 'freeze', freezeMs };
}

/** The one point that is armed in this process. */
export class ArmedCrashPoint {
  private visits = 0;

  constructor(
    private readonly plan: CrashPlan,
    private readonly action: CrashAction,
  ) {}

  /** Called at every point of the table, by its name. */
  reach(point: string): void {
    if (point !== this.plan.point) return;
    this.visits += 1;
    if (this.visits !== this.plan.visit) return;
    // Synchronously: nothing that is written later leaves a dead process.
    writeSync(STANDARD_ERROR, `crash point ${point} reached\n`);
    if (this.action.kind === 'exit') process.kill(process.pid, 'SIGKILL');
    // Blocks the only thread, so that neither timers nor sockets are served: also while a SIGKILL is on its way.
    const standstill = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    Atomics.wait(standstill, 0, 0, this.action.kind === 'freeze' ? this.action.freezeMs : undefined);
  }
}

/** The point that the configuration arms; undefined, and therefore no code at all on the way, unless a test named one. */
export function armedCrashPoint(config: {
  readonly CRASH_POINT: CrashPlan | null;
  readonly CRASH_ACTION: CrashAction;
}): ArmedCrashPoint | undefined {
  return config.CRASH_POINT === null
    ? undefined
    : new ArmedCrashPoint(config.CRASH_POINT, config.CRASH_ACTION);
}
