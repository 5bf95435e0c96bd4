import fc from 'fast-check';
import type { Mood } from './value-grammar.js';

/** Things that exist while the requests run; the newest push out the oldest. */
export class Pool {
  private readonly things: string[] = [];

  constructor(private readonly sizeMax = 40) {}

  add(...things: readonly string[]): void {
    this.things.push(...things);
    this.things.splice(0, Math.max(0, this.things.length - this.sizeMax));
  }

  /** One of those that are there when the request is made. */
  any(): fc.Arbitrary<string> {
    return fc.nat().map((n) => this.things[n % Math.max(1, this.things.length)] ?? '');
  }
}

/** What the generator may name besides strangers' ids, so that it gets past the first checks. */
export interface Known {
  /** Whose tokens fit a route, by the first part of its path. */
  readonly tokens: { readonly buyer: string; readonly admin: string; readonly sibling: string };
  /** By the name of a member or of a path parameter. */
  readonly byName: Readonly<Record<string, Pool>>;
  /** Members that refuse a request that is right otherwise. */
  readonly rarely: readonly string[];
  /** Keys of earlier requests: what they name is repeated, or contradicted. */
  readonly keys: Pool;
  anyId(): fc.Arbitrary<string>;
}

/** What fits the name; in a wild mood also something else. */
export function named<T>(
  known: Known,
  mood: Mood,
  name: string,
  other: fc.Arbitrary<T>,
): fc.Arbitrary<T | string> {
  const fitting = known.byName[name];
  if (fitting === undefined) return other;
  return fc.oneof(
    { arbitrary: fitting.any(), weight: mood.isFaithful ? 60 : 8 },
    { arbitrary: other, weight: 1 },
  );
}
