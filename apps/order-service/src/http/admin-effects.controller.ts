import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ReadEffects, RetryEffect, type EffectBody, type Page } from '@app/orders';
import {
  CurrentCaller,
  Endpoint,
  Idempotent,
  UuidParam,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { ListEffectsQuery, RetryEffectRequest } from './admin-requests.dto.js';
import { EffectDto, EffectListDto } from './admin.dto.js';

/** Calls to siblings that wait: the parked ones for an operator. */
@ApiTags('Effects')
@Controller('api/v1/effects')
export class AdminEffectsController {
  constructor(
    private readonly readEffects: ReadEffects,
    private readonly retryEffect: RetryEffect,
  ) {}

  /** Calls that were refused for good, newest first; or those that are pending. */
  @Get()
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['CURSOR_INVALID'],
  })
  @ApiOkResponse({ type: EffectListDto, description: 'A page of calls.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Query() query: ListEffectsQuery,
  ): Promise<Page<EffectBody>> {
    return this.readEffects.list(caller, query);
  }

  /** Sends a parked call again, with the same key and bytes. */
  @Post(':effectId/retry')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: true,
    errors: ['EFFECT_NOT_FOUND', 'EFFECT_STATE_CONFLICT'],
  })
  @ApiOkResponse({ type: EffectDto, description: 'The call, pending and due now.' })
  retry(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('effectId') effectId: string,
    @Body() body: RetryEffectRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.retryEffect.execute(caller, effectId, body.reason ?? null, idempotency);
  }
}
