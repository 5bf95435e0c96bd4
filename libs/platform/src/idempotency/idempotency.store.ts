import { Injectable } from '@nestjs/common';
import { AppError, DAY_MS, HOUR_MS, SECOND_MS } from '@app/kernel';
import { FencedOff } from '../database/fenced-off.js';
import type { Transaction } from '../database/transaction.js';
import type { Answer } from '../http/answer.js';
import { Metrics } from '../observability/metrics.js';
import type { IdempotencyRequest } from './idempotency-request.js';

/** Longer than any request may run (12 s), so that a second attempt never starts beside a living first one. */
export const KEY_LEASE_MS = 20 * SECOND_MS;

/** How long an answer can be replayed. */
export const REPLAY_MS = { success: DAY_MS, refund: 30 * DAY_MS, refusal: HOUR_MS } as const;

/**
 * The right to answer under a key. `claimId` is the fence of every later write of this request: a counter would start
 * again after the key was freed, and a frozen first holder would be taken for the present one.
 */
export interface Claim {
  readonly request: IdempotencyRequest;
  readonly claimId: string;
  /** 1 for the first holder of the key. */
  readonly attempt: number;
}

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'replay'; readonly answer: Answer; readonly secretSealed: string | null };

interface KeyRow {
  readonly fingerprint: string;
  readonly state: 'running' | 'done';
  readonly is_over: boolean;
  readonly response_status: number | null;
  readonly response_body: string | null;
  readonly response_headers: Readonly<Record<string, string>> | null;
  readonly response_secret_sealed: string | null;
}

interface StoredAnswer {
  readonly answer: Answer;
  readonly replayMs: number;
  readonly orderId?: string;
  /** A client secret kept beside the body, sealed; the body has a placeholder in its place. */
  readonly secretSealed?: string | null;
}

/** Claims and answers of idempotency keys. PostgreSQL decides; both happen in the use case's own transactions. */
@Injectable()
export class IdempotencyStore {
  constructor(private readonly metrics: Metrics) {}

  /**
   * Claims the key for this request, or finds the answer it got before.
   * A claim whose holder's lease ran out is taken over with the next attempt; a key whose time is over begins anew.
   * @throws IDEMPOTENCY_KEY_IN_USE while the first request runs; IDEMPOTENCY_KEY_REUSED when the key belongs to another request
   */
  async claim(tx: Transaction, request: IdempotencyRequest): Promise<ClaimResult> {
    const [claimed] = await tx.query<{ attempt: number; claimId: string }>(
      `insert into idempotency_keys as k (tenant_id, principal, key, fingerprint, state, attempt, claim_id, lease_until, created_at, expires_at)
       values ($1, $2, $3, $4, 'running', 1, gen_random_uuid(), now() + $5 * interval '1 millisecond', now(), now() + $6 * interval '1 millisecond')
       on conflict (tenant_id, principal, key) do update
         set attempt = case when k.expires_at <= now() then 1 else k.attempt + 1 end, claim_id = excluded.claim_id, fingerprint = excluded.fingerprint, state = 'running', lease_until = excluded.lease_until,
             expires_at = excluded.expires_at, order_id = null, response_status = null, response_body = null,
             response_headers = null, response_secret_sealed = null
         where k.expires_at <= now() or (k.state = 'running' and k.lease_until <= now() and k.fingerprint = excluded.fingerprint)
       returning attempt, claim_id as "claimId"`,
      [
        request.tenantId,
        request.principal,
        request.key,
        request.fingerprint,
        KEY_LEASE_MS,
        REPLAY_MS.success,
      ],
    );
    if (claimed !== undefined) {
      this.count(claimed.attempt === 1 ? 'new' : 'taken_over');
      return { kind: 'claimed', claim: { request, ...claimed } };
    }
    const replay = await this.find(tx, request);
    // Between the two statements the holder may have finished and freed the key: then a retry will claim it.
    return replay ?? Promise.reject(new AppError('IDEMPOTENCY_KEY_IN_USE'));
  }

  /**
   * The answer a finished request under this key got, or null when the key is unknown or its time is over.
   * @throws IDEMPOTENCY_KEY_IN_USE, IDEMPOTENCY_KEY_REUSED
   */
  async find(
    tx: Transaction,
    request: IdempotencyRequest,
  ): Promise<Extract<ClaimResult, { kind: 'replay' }> | null> {
    const [row] = await tx.query<KeyRow>(
      `select fingerprint, state, (expires_at <= now() or (state = 'running' and lease_until <= now())) as is_over,
              response_status, response_body, response_headers, response_secret_sealed
         from idempotency_keys
        where tenant_id = $1 and principal = $2 and key = $3`,
      [request.tenantId, request.principal, request.key],
    );
    if (row === undefined || (row.is_over && row.state === 'done')) return null;
    if (row.fingerprint !== request.fingerprint) {
      this.count('reused');
      throw new AppError('IDEMPOTENCY_KEY_REUSED');
    }
    if (row.is_over) return null;
    if (row.state === 'running') {
      this.count('in_use');
      throw new AppError('IDEMPOTENCY_KEY_IN_USE');
    }
    this.count('replayed');
    return {
      kind: 'replay',
      answer: {
        status: row.response_status ?? 200,
        body: row.response_body ?? '',
        headers: row.response_headers ?? {},
        replayed: true,
      },
      secretSealed: row.response_secret_sealed,
    };
  }

  /**
   * Stores the answer in the transaction that makes the request irrevocable.
   * @throws FencedOff when a later attempt has taken the key over
   */
  async answer(tx: Transaction, claim: Claim, stored: StoredAnswer): Promise<void> {
    const changed = await tx.execute(
      `update idempotency_keys
          set state = 'done', lease_until = null, order_id = $5, response_status = $6, response_body = $7, response_headers = $8,
              response_secret_sealed = $9, expires_at = now() + $10 * interval '1 millisecond'
        where tenant_id = $1 and principal = $2 and key = $3 and state = 'running' and claim_id = $4`,
      [
        claim.request.tenantId,
        claim.request.principal,
        claim.request.key,
        claim.claimId,
        stored.orderId ?? null,
        stored.answer.status,
        stored.answer.body,
        JSON.stringify(stored.answer.headers),
        stored.secretSealed ?? null,
        stored.replayMs,
      ],
    );
    if (changed !== 1) throw new FencedOff(`idempotency key ${claim.request.key} belongs to a later attempt`);
  }

  /** Frees the key after an answer that is not stored; an answer that did commit survives. */
  async free(tx: Transaction, claim: Claim): Promise<void> {
    await tx.execute(
      `delete from idempotency_keys
        where tenant_id = $1 and principal = $2 and key = $3 and state = 'running' and claim_id = $4`,
      [claim.request.tenantId, claim.request.principal, claim.request.key, claim.claimId],
    );
  }

  private count(result: 'new' | 'taken_over' | 'replayed' | 'in_use' | 'reused'): void {
    this.metrics.increment('idempotency_requests_total', { result });
  }
}
