import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ConfirmOrder, ExpireOrder, ListExpiring, type ExpiringOrderBody, type Page } from '@app/orders';
import {
  CurrentCaller,
  Endpoint,
  Idempotent,
  IfMatch,
  UuidParam,
  headersOf,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type ServicePrincipal,
} from '@app/platform';
import { ConfirmOrderRequest, ExpireOrderRequest, ExpiringOrdersQuery } from './order-requests.dto.js';
import { ConfirmedOrderDto, ExpiringListDto, OrderDto } from './orders.dto.js';

/** What sibling services tell and ask. */
@ApiTags('Internal')
@Controller('internal/v1/orders')
export class InternalOrdersController {
  constructor(
    private readonly confirmOrder: ConfirmOrder,
    private readonly expireOrder: ExpireOrder,
    private readonly listExpiring: ListExpiring,
  ) {}

  /** A payment succeeded: asks payment-service itself, then confirms. Late and double money is settled, never refused. */
  @Post(':orderId/confirm')
  @Endpoint({
    audience: 'service',
    scope: 'orders:confirm',
    changes: true,
    reserved: true,
    errors: ['ORDER_NOT_FOUND', 'PAYMENT_MISMATCH', 'VERSION_MISMATCH'],
  })
  @ApiOkResponse({
    type: ConfirmedOrderDto,
    description: 'The order, and what became of the money.',
    headers: headersOf('ETag'),
  })
  confirm(
    @CurrentCaller() caller: Caller<ServicePrincipal>,
    @UuidParam('orderId') orderId: string,
    @Body() body: ConfirmOrderRequest,
    @IfMatch() ifMatch: number | null,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.confirmOrder.execute(caller, orderId, body.paymentIntentId, ifMatch, idempotency);
  }

  /** Ends an unpaid order now, on the same path as the expiration job. */
  @Post(':orderId/expire')
  @Endpoint({
    audience: 'service',
    scope: 'orders:expire',
    changes: true,
    errors: ['ORDER_NOT_FOUND', 'ORDER_STATE_CONFLICT', 'ORDER_BUSY', 'VERSION_MISMATCH'],
  })
  @ApiOkResponse({ type: OrderDto, description: 'The order, EXPIRED.', headers: headersOf('ETag') })
  @ApiAcceptedResponse({
    type: OrderDto,
    description: 'payment-service has not answered yet; the expiry goes on by itself.',
    headers: headersOf('ETag'),
  })
  expire(
    @CurrentCaller() caller: Caller<ServicePrincipal>,
    @UuidParam('orderId') orderId: string,
    @Body() body: ExpireOrderRequest,
    @IfMatch() ifMatch: number | null,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.expireOrder.execute(caller, orderId, body.reason ?? null, ifMatch, idempotency);
  }

  /** Orders whose time ends soon, the next one first. */
  @Get('expiring')
  @Endpoint({ audience: 'service', scope: 'orders:read', changes: false, errors: ['CURSOR_INVALID'] })
  @ApiOkResponse({ type: ExpiringListDto, description: 'A page of orders.' })
  expiring(
    @CurrentCaller() caller: Caller<ServicePrincipal>,
    @Query() query: ExpiringOrdersQuery,
  ): Promise<Page<ExpiringOrderBody>> {
    return this.listExpiring.execute(caller, query);
  }
}
