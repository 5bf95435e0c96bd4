import { z } from 'zod';
import type { Delivery } from '../invariants/books.js';

/** The CloudEvent of an order, as far as the story is interested. */
export const orderEvent = z
  .object({ type: z.string(), subject: z.string(), sequence: z.number() })
  .transform(({ type, subject, sequence }): Heard => ({ orderId: subject, type, sequence }));

export interface Heard extends Delivery {
  readonly type: string;
}

/** Somebody outside who wants to know what happened to orders. */
export interface Listener {
  /** Where it listens, for the reader of the story. */
  readonly place: string;
  /** Everything it was told since the story began, in the order of arrival. */
  heard(): Promise<readonly Heard[]>;
  close(): Promise<void>;
}

/** Delivery is at least once: of what came again, the first time counts. */
export function firstTimes(heard: readonly Heard[], orderId: string): readonly Heard[] {
  const ofOrder = heard.filter((event) => event.orderId === orderId);
  return ofOrder.filter(
    (event, index) => ofOrder.findIndex(({ sequence }) => sequence === event.sequence) === index,
  );
}
