import { Body, Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  BulkCancel,
  Operations,
  PreviewBulkCancel,
  type BulkCancelPreview,
  type OperationBody,
} from '@app/orders';
import {
  CurrentCaller,
  Endpoint,
  Idempotent,
  UuidParam,
  headersOf,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type ServicePrincipal,
} from '@app/platform';
import { BulkCancelPreviewDto, BulkCancelRequest, OperationDto } from './operations.dto.js';

/** Work on all orders of an event, asked for by a sibling service. */
@ApiTags('Internal')
@Controller('internal/v1')
export class InternalOperationsController {
  constructor(
    private readonly bulkCancel: BulkCancel,
    private readonly preview: PreviewBulkCancel,
    private readonly operations: Operations,
  ) {}

  /** Calls an event off; while an earlier call runs, this one answers with its operation. */
  @Post('orders/bulk/cancel')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'service',
    scope: 'orders:bulk-cancel',
    changes: true,
    reserved: true,
    errors: ['EVENT_NOT_FOUND'],
  })
  @ApiOkResponse({ type: BulkCancelPreviewDto, description: 'With dryRun: what it would do.' })
  @ApiAcceptedResponse({
    type: OperationDto,
    description: 'The sale is stopped and the work has begun; read it at Location.',
    headers: headersOf('Location'),
  })
  cancel(
    @CurrentCaller() caller: Caller<ServicePrincipal>,
    @Body() body: BulkCancelRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer | BulkCancelPreview> {
    const { eventId, reason } = body;
    return body.dryRun === true
      ? this.preview.execute(caller, eventId)
      : this.bulkCancel.execute(caller, { eventId, reason }, idempotency);
  }

  /** How far an operation is. */
  @Get('operations/:operationId')
  @Endpoint({ audience: 'service', scope: 'orders:read', changes: false, errors: ['OPERATION_NOT_FOUND'] })
  @ApiOkResponse({ type: OperationDto, description: 'The operation.' })
  get(
    @CurrentCaller() caller: Caller<ServicePrincipal>,
    @UuidParam('operationId') operationId: string,
  ): Promise<OperationBody> {
    return this.operations.one(caller, operationId);
  }

  /** Takes a paused operation up again at once. */
  @Post('operations/:operationId/resume')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'service',
    scope: 'orders:bulk-cancel',
    changes: true,
    errors: ['OPERATION_NOT_FOUND', 'OPERATION_STATE_CONFLICT'],
  })
  @ApiOkResponse({ type: OperationDto, description: 'The operation.' })
  resume(
    @CurrentCaller() caller: Caller<ServicePrincipal>,
    @UuidParam('operationId') operationId: string,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.operations.resume(caller, operationId, idempotency);
  }
}
