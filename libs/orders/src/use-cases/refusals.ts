import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import {
  Database,
  IdempotencyStore,
  REPLAY_MS,
  Refusal,
  problemAnswer,
  type Answer,
  type Caller,
  type Claim,
  type IdempotencyRequest,
  type Transaction,
} from '@app/platform';

/** How a refusal ends a request that carries an idempotency key. */
@Injectable()
export class Refusals {
  constructor(
    private readonly database: Database,
    private readonly idempotency: IdempotencyStore,
  ) {}

  /**
   * Ends a request that was refused before it claimed its key: the answer it got before is replayed; a refusal that
   * depends on the request and the order's own past alone is stored, any other leaves the key free.
   */
  async settle(caller: Caller, request: IdempotencyRequest, error: unknown): Promise<Answer> {
    if (!(error instanceof AppError)) throw error;
    const { requestId, pool = 'request' } = caller;
    return this.database.transaction({ tenantId: request.tenantId, requestId, pool }, async (tx) => {
      if (error.row.replay === 'never') {
        const replay = await this.idempotency.find(tx, request);
        if (replay !== null) return replay.answer;
        throw error;
      }
      const result = await this.idempotency.claim(tx, request);
      if (result.kind === 'replay') return result.answer;
      return this.within(tx, result.claim, error);
    });
  }

  /**
   * Ends a request that holds its claim, inside the transaction that recorded the refusal: stores the answer or frees
   * the key, commits, and throws the error.
   */
  async within(tx: Transaction, claim: Claim, error: AppError, orderId?: string): Promise<Refusal> {
    if (error.row.replay === 'stored') {
      const answer = problemAnswer(error, { instance: claim.request.path, requestId: tx.requestId ?? '' });
      await this.idempotency.answer(tx, claim, {
        answer,
        replayMs: REPLAY_MS.refusal,
        ...(orderId === undefined ? {} : { orderId }),
      });
    } else {
      await this.idempotency.free(tx, claim);
    }
    return tx.refuse(error);
  }
}
