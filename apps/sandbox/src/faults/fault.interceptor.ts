import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { NEVER, lastValueFrom, of, type Observable } from 'rxjs';
import type { SandboxReply, SandboxRequest } from '../http/http-types.js';
import { Refusal } from '../http/refusal.js';
import { operationOf, siblingOf } from '../http/sibling-call.js';
import { PendingWork } from '../pending-work.js';
import { garbled, withWrongAmounts } from './broken-answers.js';
import { FaultBoard, type Strike } from './fault-board.js';
import type { OperationName } from './fault-names.js';
import { GarbledRefusal } from './garbled-refusal.js';
import { LostAnswers } from './lost-answers.js';

interface StruckCall {
  readonly operation: OperationName;
  readonly request: SandboxRequest;
  readonly reply: SandboxReply;
  readonly work: () => Promise<unknown>;
  readonly next: CallHandler;
}

/** Lets the faults in force strike the calls of the siblings. */
@Injectable()
export class FaultInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly board: FaultBoard,
    private readonly lost: LostAnswers,
    private readonly pending: PendingWork,
  ) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (this.board.size === 0) return next.handle();
    const service = siblingOf(this.reflector, context);
    const operation = operationOf(this.reflector, context);
    if (service === undefined || operation === undefined) return next.handle();
    const strike = this.board.strike(service, operation);
    if (strike === null) return next.handle();
    const http = context.switchToHttp();
    return this.suffer(strike, {
      operation,
      request: http.getRequest<SandboxRequest>(),
      reply: http.getResponse<SandboxReply>(),
      work: () => lastValueFrom(next.handle()),
      next,
    });
  }

  private async suffer(strike: Strike, call: StruckCall): Promise<Observable<unknown>> {
    switch (strike.mode) {
      case 'latency':
        return this.delay(strike.ms, call);
      case 'error-before':
        throw failed();
      case 'error-after':
        await call.work().catch(ignoreRefusal);
        throw failed();
      case 'timeout-before':
        return this.stall(strike.ms, call);
      case 'timeout-after':
        await call.work().catch(ignoreRefusal);
        return this.stall(strike.ms, call);
      case 'reset':
        call.reply.hijack();
        this.lost.reset(call.request.raw.socket);
        return NEVER;
      case 'bad-body':
        return of(await garbledAnswer(strike, call));
      case 'wrong-amount':
        return of(withWrongAmounts(await call.work()));
    }
  }

  private async delay(ms: number, call: StruckCall): Promise<Observable<unknown>> {
    // A check-then-act event waits between its read and its write, so the box office does the waiting itself.
    if (call.operation === 'reserve') {
      call.request.latencyMs = ms;
      return call.next.handle();
    }
    await this.pending.sleep(ms);
    return call.next.handle();
  }

  private stall(ms: number, call: StruckCall): Observable<never> {
    call.reply.hijack();
    this.lost.stall(call.request.raw.socket, ms);
    return NEVER;
  }
}

async function garbledAnswer(strike: Strike, call: StruckCall): Promise<string> {
  call.reply.header('content-type', 'application/json; charset=utf-8');
  try {
    return garbled(await call.work(), strike.count);
  } catch (error) {
    if (error instanceof Refusal) throw new GarbledRefusal(error, strike.count);
    throw error;
  }
}

function failed(): Refusal {
  return new Refusal(500, 'SANDBOX_FAULT', 'A fault set through PUT /sandbox/faults struck this call.');
}

/** The caller never learns that it was refused; anything else is a bug of the sandbox and must show. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}
