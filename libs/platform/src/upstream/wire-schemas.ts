import { z } from 'zod';
import { isCurrency } from '@app/kernel';

/** Building blocks of the wire schemas: what every sibling writes the same way. */
export const wireId = z.string().min(1).max(128);
export const wireText = z.string().max(10_000);
export const wireInstant = z.iso.datetime({ offset: true });
export const wireCents = z.int().min(0);
export const wireCount = z.int().min(0);
export const wireCurrency = z.string().refine(isCurrency, 'is not an ISO 4217 code');

/** A member that may be missing or null is read as null. */
export function orNull<T>(schema: z.ZodType<T>): z.ZodType<T | null> {
  return schema.nullish().transform((value) => value ?? null);
}

/** For refusals that say nothing beside their code. */
export const NO_DETAILS: z.ZodType<null> = z.unknown().transform(() => null);

export interface WirePage<T> {
  readonly rows: readonly T[];
  /** Rows that did not fit the contract and were left out, so that one of them does not stop a whole reconciliation. */
  readonly unreadableCount: number;
  readonly nextCursor: string | null;
}

const pageCursor = orNull(z.string().min(1).max(2_048));
const pageEnvelope = z.looseObject({
  nextCursor: pageCursor,
  page: orNull(z.object({ nextCursor: pageCursor })),
});

/** A page of rows under `member` or `data`, its cursor beside them or in `page`. */
export function wirePage<T>(member: string, row: z.ZodType<T>): z.ZodType<WirePage<T>> {
  return pageEnvelope.transform((body, context) => {
    const candidates: unknown = body[member] ?? body.data;
    if (!Array.isArray(candidates)) {
      context.addIssue({ code: 'custom', message: `has no ${member}` });
      return z.NEVER;
    }
    const rows = candidates.flatMap((candidate: unknown) => {
      const parsed = row.safeParse(candidate);
      return parsed.success ? [parsed.data] : [];
    });
    return {
      rows,
      unreadableCount: candidates.length - rows.length,
      nextCursor: body.nextCursor ?? body.page?.nextCursor ?? null,
    };
  });
}

/** Ids are UUIDs, which mean the same in either case. */
export function isSameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
