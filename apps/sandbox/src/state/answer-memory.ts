import { createHash } from 'node:crypto';
import { canonicalJson } from '@app/kernel';
import { z } from 'zod';
import type { Call } from '../http/sibling-call.js';
import { keyReused } from '../http/refusal.js';
import type { Changes } from './changes.js';
import type { StatePart } from './state-part.js';

const rememberedRow = z.object({ fingerprint: z.string(), answer: z.unknown() }).readonly();
type Remembered = z.infer<typeof rememberedRow>;

/** A mutation as far as remembering it goes: who sent it, under which key, and what it asked for. */
export interface Mutation {
  readonly service: string;
  readonly operation: string;
  readonly call: Pick<Call, 'tenantId' | 'key'>;
  readonly asked: unknown;
}

/**
 * What a sibling promises about idempotency keys: a success is remembered with what was asked for and
 * replayed; a refusal is not remembered, so it is decided afresh.
 */
export class AnswerMemory implements StatePart {
  readonly partName = 'answers';
  private readonly answers = new Map<string, Remembered>();

  constructor(private readonly changes: Changes) {}

  /**
   * The remembered answer of this mutation; undefined when it is new or has no key.
   * @throws Refusal 422 KEY_REUSED when the key stood for something else
   */
  recall(mutation: Mutation): { readonly answer: unknown } | undefined {
    const known = this.answers.get(slot(mutation));
    if (known === undefined || mutation.call.key === null) return undefined;
    if (known.fingerprint !== fingerprint(mutation)) throw keyReused();
    return { answer: known.answer };
  }

  keep(mutation: Mutation, answer: unknown): void {
    if (mutation.call.key === null) return;
    this.answers.set(slot(mutation), { fingerprint: fingerprint(mutation), answer });
    this.changes.mark();
  }

  dump(): unknown {
    return [...this.answers];
  }

  restore(saved: unknown): void {
    this.clear();
    for (const [key, remembered] of z.array(z.tuple([z.string(), rememberedRow])).parse(saved)) {
      this.answers.set(key, remembered);
    }
  }

  clear(): void {
    this.answers.clear();
  }
}

function slot({ service, call }: Mutation): string {
  return `${service}|${call.tenantId}|${call.key ?? ''}`;
}

/** What two requests must have in common to be the same request. */
export function fingerprint({ operation, asked }: Pick<Mutation, 'operation' | 'asked'>): string {
  return createHash('sha256')
    .update(`${operation}|${canonicalJson(asked)}`)
    .digest('base64');
}
