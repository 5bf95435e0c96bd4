import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import {
  Database,
  IdempotencyStore,
  REPLAY_MS,
  principalKey,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { AuditLogStore } from '../persistence/audit-log.store.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { findingBody } from '../views/finding-body.js';
import { jsonAnswer } from '../views/json-answer.js';
import { actorOf } from './access.js';

/** POST /findings/:id/acknowledge: somebody has seen it and is on it. */
@Injectable()
export class AcknowledgeFinding {
  constructor(
    private readonly database: Database,
    private readonly findings: FindingsStore,
    private readonly idempotency: IdempotencyStore,
    private readonly auditLog: AuditLogStore,
  ) {}

  /** @throws FINDING_NOT_FOUND; FINDING_STATE_CONFLICT when it is resolved */
  execute(
    caller: Caller<UserPrincipal>,
    findingId: string,
    note: string | null,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const actor = actorOf(caller.principal);
    const scope = { tenantId: caller.principal.tenantId, actor, requestId: caller.requestId };
    return this.database.transaction(scope, async (tx) => {
      const result = await this.idempotency.claim(tx, idempotency);
      if (result.kind === 'replay') return result.answer;
      const finding = await this.findings.get(tx, findingId, { lock: true });
      if (finding.state === 'RESOLVED')
        throw new AppError('FINDING_STATE_CONFLICT', {
          reason: 'This finding is resolved already; there is nothing left to acknowledge.',
        });
      if (finding.state === 'OPEN') {
        await this.findings.acknowledge(tx, findingId, principalKey(caller.principal));
        await this.auditLog.append(tx, {
          actor,
          action: 'finding.acknowledged',
          subject: findingId,
          outcome: 'done',
          ...(note === null ? {} : { reason: note }),
          data: { kind: finding.kind, subject: finding.subject },
        });
      }
      const answer = jsonAnswer(findingBody(await this.findings.get(tx, findingId)));
      await this.idempotency.answer(tx, result.claim, { answer, replayMs: REPLAY_MS.success });
      return answer;
    });
  }
}
