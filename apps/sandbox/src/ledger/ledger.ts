import type { Clock } from '@app/kernel';
import { z } from 'zod';
import { OPERATION_NAMES, SERVICE_NAMES } from '../faults/fault-names.js';
import type { Changes } from '../state/changes.js';
import type { StatePart } from '../state/state-part.js';

const entryRow = z
  .object({
    seq: z.number().int(),
    at: z.string(),
    service: z.enum(SERVICE_NAMES),
    operation: z.enum(OPERATION_NAMES),
    orderId: z.string(),
    /** The Idempotency-Key the call came with; null when it had none. */
    key: z.string().nullable(),
    outcome: z.enum(['executed', 'replayed', 'refused']),
    generation: z.number().int().optional(),
    /** Why it was refused. */
    code: z.string().optional(),
    paymentIntentId: z.string().optional(),
    refundId: z.string().optional(),
    amountCents: z.number().int().optional(),
    currency: z.string().optional(),
    items: z
      .array(z.object({ ticketTypeId: z.string(), quantity: z.number().int() }).readonly())
      .readonly()
      .optional(),
  })
  .readonly();

export type LedgerEntry = z.infer<typeof entryRow>;
export type LedgerNote = Omit<LedgerEntry, 'seq' | 'at'>;
export type LedgerOutcome = LedgerEntry['outcome'];

/** The history of every mutation that reached the siblings, in the order they decided it. */
export class Ledger implements StatePart {
  readonly partName = 'ledger';
  private entries: LedgerEntry[] = [];
  private readonly byOrder = new Map<string, LedgerEntry[]>();

  constructor(
    private readonly clock: Clock,
    private readonly changes: Changes,
  ) {}

  record(note: LedgerNote): void {
    this.add({ seq: this.entries.length + 1, at: this.clock.now().toISOString(), ...note });
    this.changes.mark();
  }

  /** Every entry, or those of one order; oldest first. */
  list(orderId?: string): readonly LedgerEntry[] {
    return orderId === undefined ? this.entries : (this.byOrder.get(orderId) ?? []);
  }

  dump(): unknown {
    return this.entries;
  }

  restore(saved: unknown): void {
    this.clear();
    for (const entry of z.array(entryRow).parse(saved)) this.add(entry);
  }

  clear(): void {
    this.entries = [];
    this.byOrder.clear();
  }

  private add(entry: LedgerEntry): void {
    this.entries.push(entry);
    const ofOrder = this.byOrder.get(entry.orderId);
    if (ofOrder === undefined) this.byOrder.set(entry.orderId, [entry]);
    else ofOrder.push(entry);
  }
}
