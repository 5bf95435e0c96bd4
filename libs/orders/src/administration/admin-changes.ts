import { Injectable } from '@nestjs/common';
import { AppError, type FieldError } from '@app/kernel';
import {
  Database,
  IdempotencyStore,
  REPLAY_MS,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type Transaction,
  type UserPrincipal,
} from '@app/platform';
import { AuditLogStore } from '../persistence/audit-log.store.js';
import { actorOf } from '../use-cases/access.js';
import { Refusals } from '../use-cases/refusals.js';

/** What an admin wants, as the audit log names it. */
export interface AdminIntention {
  /** `promo_code.created` */
  readonly action: string;
  readonly reason: string | null;
}

export interface AdminResult {
  readonly status: 200 | 201;
  readonly subject: string;
  readonly body: object;
  readonly location?: string;
  /** Beside the body in the audit log: what was there before. */
  readonly before?: object;
}

/**
 * Runs a change that an admin asked for: key, change, audit row and answer commit together. A refusal is recorded at
 * the edge, with every other refused privileged request; `work` must refuse before it writes.
 */
@Injectable()
export class AdminChanges {
  constructor(
    private readonly database: Database,
    private readonly idempotency: IdempotencyStore,
    private readonly auditLog: AuditLogStore,
    private readonly refusals: Refusals,
  ) {}

  async run(
    caller: Caller<UserPrincipal>,
    idempotency: IdempotencyRequest,
    intention: AdminIntention,
    work: (tx: Transaction) => Promise<AdminResult>,
  ): Promise<Answer> {
    const actor = actorOf(caller.principal);
    const { action, reason } = intention;
    const entry = { actor, action, ...(reason === null ? {} : { reason }) };
    const scope = { tenantId: caller.principal.tenantId, actor, requestId: caller.requestId };
    return this.database.transaction<Answer>(scope, async (tx) => {
      const claimed = await this.idempotency.claim(tx, idempotency);
      if (claimed.kind === 'replay') return claimed.answer;
      try {
        const result = await work(tx);
        const { subject, body, before } = result;
        const data = { ...(before === undefined ? {} : { before }), after: body };
        await this.auditLog.append(tx, { ...entry, subject, outcome: 'done', data });
        const answer = answerOf(result);
        await this.idempotency.answer(tx, claimed.claim, { answer, replayMs: REPLAY_MS.success });
        return answer;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return this.refusals.within(tx, claimed.claim, error);
      }
    });
  }
}

function answerOf({ status, body, location }: AdminResult): Answer {
  return {
    status,
    body: JSON.stringify(body),
    headers: location === undefined ? {} : { Location: location },
    replayed: false,
  };
}

/** Refuses a body whose members do not fit together. */
export function invalid(pointer: string, code: string, detail: string): AppError {
  const errors: FieldError[] = [{ pointer, code, detail }];
  return new AppError('VALIDATION_FAILED', { reason: detail }, { members: { errors } });
}

/** The body as the audit log and clients see it: instants as text. */
export function withInstants<T extends object>(record: T): Instants<T> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString() : (value as unknown),
    ]),
  ) as Instants<T>;
}

/** A record in which every instant is its RFC 3339 text. */
export type Instants<T> = {
  readonly [Name in keyof T]: T[Name] extends Date
    ? string
    : T[Name] extends Date | null
      ? string | null
      : T[Name];
};
