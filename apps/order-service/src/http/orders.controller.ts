import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  CancelOrder,
  CreateOrder,
  QuoteOrder,
  ReadHistory,
  ReadOrders,
  ReserveOrder,
  type HistoryEntryBody,
  type OrderBody,
  type Page,
  type QuoteBody,
} from '@app/orders';
import {
  CurrentCaller,
  Endpoint,
  Idempotent,
  IfMatch,
  UuidParam,
  VersionedBody,
  headersOf,
  withETag,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { CancelOrderRequest, CreateOrderRequest, ListOrdersQuery, PageQuery } from './order-requests.dto.js';
import { HistoryDto, OrderDto, OrderListDto, QuoteDto, ReservedOrderDto } from './orders.dto.js';

/** What a buyer does with orders; an admin sees and may end those of the whole tenant. */
@ApiTags('Orders')
@Controller('api/v1/orders')
export class OrdersController {
  constructor(
    private readonly createOrder: CreateOrder,
    private readonly quoteOrder: QuoteOrder,
    private readonly readOrders: ReadOrders,
    private readonly readHistory: ReadHistory,
    private readonly reserveOrder: ReserveOrder,
    private readonly cancelOrder: CancelOrder,
  ) {}

  /** Creates a PENDING order at the server's prices. */
  @Post()
  @Endpoint({
    audience: 'user',
    rateLimit: 'create',
    changes: true,
    errors: [
      'EVENT_NOT_FOUND',
      'TICKET_TYPE_NOT_FOUND',
      'EVENT_NOT_ON_SALE',
      'CURRENCY_MISMATCH',
      'PRICE_CHANGED',
      'TICKETS_UNAVAILABLE',
      'PURCHASE_LIMIT_EXCEEDED',
      'PROMO_INVALID',
      'PROMO_EXHAUSTED',
      'AMOUNT_OUT_OF_RANGE',
    ],
  })
  @ApiCreatedResponse({
    type: OrderDto,
    description: 'The order, PENDING.',
    headers: headersOf('ETag', 'Location'),
  })
  create(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Body() body: CreateOrderRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.createOrder.execute(caller, body, idempotency);
  }

  /** Prices an order exactly as create would; nothing is written. */
  @Post('quote')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'user',
    rateLimit: 'read',
    changes: false,
    errors: [
      'EVENT_NOT_FOUND',
      'TICKET_TYPE_NOT_FOUND',
      'EVENT_NOT_ON_SALE',
      'CURRENCY_MISMATCH',
      'PRICE_CHANGED',
      'TICKETS_UNAVAILABLE',
      'PURCHASE_LIMIT_EXCEEDED',
      'PROMO_INVALID',
      'PROMO_EXHAUSTED',
      'AMOUNT_OUT_OF_RANGE',
    ],
  })
  @ApiOkResponse({ type: QuoteDto, description: 'What the order would cost.' })
  quote(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Body() body: CreateOrderRequest,
  ): Promise<QuoteBody> {
    return this.quoteOrder.execute(caller, body);
  }

  /** The caller's orders, newest first; an admin sees the whole tenant and may filter by user or order number. */
  @Get()
  @Endpoint({ audience: 'user', rateLimit: 'read', changes: false, errors: ['CURSOR_INVALID'] })
  @ApiOkResponse({ type: OrderListDto, description: 'A page of orders.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Query() query: ListOrdersQuery,
  ): Promise<Page<OrderBody>> {
    return this.readOrders.list(caller, query);
  }

  /** One order. */
  @Get(':orderId')
  @Endpoint({ audience: 'user', rateLimit: 'read', changes: false, errors: ['ORDER_NOT_FOUND'] })
  @ApiOkResponse({ type: OrderDto, description: 'The order.', headers: headersOf('ETag') })
  async get(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
  ): Promise<VersionedBody> {
    const order = await this.readOrders.one(caller, orderId);
    return withETag(order.version, order);
  }

  /** Holds the seats and opens the payment; repeating it gives the same reservation. */
  @Post(':orderId/reserve')
  @Endpoint({
    audience: 'user',
    rateLimit: 'reserve',
    changes: true,
    errors: [
      'ORDER_NOT_FOUND',
      'ORDER_STATE_CONFLICT',
      'ORDER_BUSY',
      'VERSION_MISMATCH',
      'EVENT_NOT_FOUND',
      'TICKET_TYPE_NOT_FOUND',
      'EVENT_NOT_ON_SALE',
      'PRICE_CHANGED',
      'TICKETS_UNAVAILABLE',
      'PURCHASE_LIMIT_EXCEEDED',
      'AMOUNT_OUT_OF_RANGE',
      'LOCK_TIMEOUT',
    ],
  })
  @ApiOkResponse({
    type: ReservedOrderDto,
    description: 'The order, RESERVED, with its payment.',
    headers: headersOf('ETag'),
  })
  reserve(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
    @IfMatch() ifMatch: number | null,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.reserveOrder.execute(caller, orderId, ifMatch, idempotency);
  }

  /** Ends an order that is not issued yet; a paid one is paid back by its refund policy. */
  @Post(':orderId/cancel')
  @Endpoint({
    audience: 'user',
    rateLimit: 'cancel',
    changes: true,
    reserved: true,
    errors: [
      'ORDER_NOT_FOUND',
      'ORDER_STATE_CONFLICT',
      'ORDER_BUSY',
      'ORDER_DISPUTED',
      'VERSION_MISMATCH',
      'REFUND_WINDOW_CLOSED',
    ],
  })
  @ApiOkResponse({ type: OrderDto, description: 'The order, CANCELLED.', headers: headersOf('ETag') })
  @ApiAcceptedResponse({
    type: OrderDto,
    description: 'payment-service has not answered yet; the cancel goes on by itself.',
    headers: headersOf('ETag'),
  })
  cancel(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
    @Body() body: CancelOrderRequest,
    @IfMatch() ifMatch: number | null,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.cancelOrder.execute(caller, orderId, body.reason ?? null, ifMatch, idempotency);
  }

  /** The audit trail of an order, oldest first. */
  @Get(':orderId/events')
  @Endpoint({
    audience: 'user',
    rateLimit: 'read',
    changes: false,
    errors: ['ORDER_NOT_FOUND', 'CURSOR_INVALID'],
  })
  @ApiOkResponse({ type: HistoryDto, description: 'A page of the audit trail.' })
  events(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
    @Query() query: PageQuery,
  ): Promise<Page<HistoryEntryBody>> {
    return this.readHistory.execute(caller, orderId, query);
  }
}
