import { z } from 'zod';
import type { SiblingsBook } from './books.js';

const line = z.object({ ticketTypeId: z.string(), quantity: z.number() });

const ledger = z.object({
  entries: z.array(
    z.object({
      seq: z.number(),
      service: z.string(),
      operation: z.string(),
      orderId: z.string(),
      key: z.string().nullable(),
      outcome: z.enum(['executed', 'replayed', 'refused']),
      generation: z.number().optional(),
      code: z.string().optional(),
      paymentIntentId: z.string().optional(),
      refundId: z.string().optional(),
      amountCents: z.number().optional(),
      items: z.array(line).optional(),
    }),
  ),
  stock: z.array(
    z.object({
      ticketTypeId: z.string(),
      capacity: z.number(),
      held: z.number(),
      sold: z.number(),
      oversold: z.number(),
    }),
  ),
  intents: z.array(
    z.object({
      paymentIntentId: z.string(),
      orderId: z.string(),
      status: z.string(),
      amountCents: z.number(),
      amountReceivedCents: z.number(),
      refundedCents: z.number(),
      currency: z.string(),
    }),
  ),
});

const PATIENCE_MS = 30_000;

/** Reads the books of ticket-service and payment-service as the sandbox keeps them. */
export async function loadSiblingsBook(sandboxUrl: string): Promise<SiblingsBook> {
  const answer = await fetch(new URL('/sandbox/ledger', sandboxUrl), {
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) throw new Error(`The sandbox answered its ledger with ${answer.status}.`);
  return ledger.parse(await answer.json());
}
