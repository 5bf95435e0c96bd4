import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  QuoteRefund,
  ReadRefunds,
  RefundOrder,
  type Page,
  type RefundBody,
  type RefundQuoteBody,
} from '@app/orders';
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
  type UserPrincipal,
} from '@app/platform';
import { PageQuery, RefundOrderRequest, RefundQuoteRequest } from './order-requests.dto.js';
import { RefundDto, RefundListDto, RefundQuoteDto } from './orders.dto.js';

/** Money on its way back to the buyer. */
@ApiTags('Refunds')
@Controller('api/v1/orders/:orderId')
export class RefundsController {
  constructor(
    private readonly refundOrder: RefundOrder,
    private readonly quoteRefund: QuoteRefund,
    private readonly readRefunds: ReadRefunds,
  ) {}

  /** Asks for a refund of some or all tickets; the money moves afterwards. */
  @Post('refund')
  @Endpoint({
    audience: 'user',
    rateLimit: 'refund',
    changes: true,
    reserved: true,
    errors: [
      'ORDER_NOT_FOUND',
      'ORDER_STATE_CONFLICT',
      'ORDER_BUSY',
      'ORDER_DISPUTED',
      'VERSION_MISMATCH',
      'REFUND_EXCEEDS_REFUNDABLE',
      'REFUND_WINDOW_CLOSED',
    ],
  })
  @ApiAcceptedResponse({
    type: RefundDto,
    description: 'The refund, PENDING; read it at Location.',
    headers: headersOf('Location'),
  })
  refund(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
    @Body() body: RefundOrderRequest,
    @IfMatch() ifMatch: number | null,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.refundOrder.execute(caller, orderId, body, ifMatch, idempotency);
  }

  /** What a refund of these tickets would pay back now. */
  @Post('refund-quote')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'user',
    rateLimit: 'read',
    changes: false,
    errors: ['ORDER_NOT_FOUND', 'ORDER_STATE_CONFLICT', 'REFUND_EXCEEDS_REFUNDABLE'],
  })
  @ApiOkResponse({ type: RefundQuoteDto, description: 'The amount, and the clause that decides it.' })
  quote(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
    @Body() body: RefundQuoteRequest,
  ): Promise<RefundQuoteBody> {
    return this.quoteRefund.execute(caller, orderId, body.items);
  }

  /** The refunds of an order, oldest first. */
  @Get('refunds')
  @Endpoint({
    audience: 'user',
    rateLimit: 'read',
    changes: false,
    errors: ['ORDER_NOT_FOUND', 'CURSOR_INVALID'],
  })
  @ApiOkResponse({ type: RefundListDto, description: 'A page of refunds.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
    @Query() query: PageQuery,
  ): Promise<Page<RefundBody>> {
    return this.readRefunds.list(caller, orderId, query);
  }

  /** One refund. */
  @Get('refunds/:refundId')
  @Endpoint({
    audience: 'user',
    rateLimit: 'read',
    changes: false,
    errors: ['ORDER_NOT_FOUND', 'REFUND_NOT_FOUND'],
  })
  @ApiOkResponse({ type: RefundDto, description: 'The refund.' })
  get(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
    @UuidParam('refundId') refundId: string,
  ): Promise<RefundBody> {
    return this.readRefunds.one(caller, orderId, refundId);
  }
}
