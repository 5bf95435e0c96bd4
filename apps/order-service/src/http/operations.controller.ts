import { Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Operations, type OperationBody, type Page } from '@app/orders';
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
import { OperationDto, OperationListDto } from './operations.dto.js';
import { PageQuery } from './order-requests.dto.js';

/** Bulk work, for the tenant's admins. */
@ApiTags('Operations')
@Controller('api/v1/operations')
export class OperationsController {
  constructor(private readonly operations: Operations) {}

  /** The tenant's operations, newest first. */
  @Get()
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['CURSOR_INVALID'],
  })
  @ApiOkResponse({ type: OperationListDto, description: 'A page of operations.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Query() query: PageQuery,
  ): Promise<Page<OperationBody>> {
    return this.operations.list(caller, query);
  }

  /** One operation. */
  @Get(':operationId')
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['OPERATION_NOT_FOUND'],
  })
  @ApiOkResponse({ type: OperationDto, description: 'The operation.' })
  get(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('operationId') operationId: string,
  ): Promise<OperationBody> {
    return this.operations.one(caller, operationId);
  }

  /** Takes a paused operation up again at once. */
  @Post(':operationId/resume')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'cancel',
    changes: true,
    errors: ['OPERATION_NOT_FOUND', 'OPERATION_STATE_CONFLICT'],
  })
  @ApiOkResponse({ type: OperationDto, description: 'The operation.' })
  resume(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('operationId') operationId: string,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.operations.resume(caller, operationId, idempotency);
  }
}
