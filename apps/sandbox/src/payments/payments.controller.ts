import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { checked } from '../http/checked.js';
import { ListTenant, Operation, Sibling, SiblingCall, type Call } from '../http/sibling-call.js';
import { listQuery, uuid, type ListQuery } from '../http/wire.js';
import { Cashier } from './cashier.js';
import { intentListRow, intentView, refundView, type IntentView, type RefundView } from './intent-rows.js';
import { PaymentBook } from './payment-book.js';
import { createIntentBody, refundBody, type CreateIntentBody, type RefundBody } from './payments.schemas.js';
import { RefundDesk } from './refund-desk.js';

/** payment-service. */
@Controller('internal')
@Sibling('payment-service')
export class PaymentsController {
  constructor(
    private readonly cashier: Cashier,
    private readonly desk: RefundDesk,
    private readonly book: PaymentBook,
  ) {}

  @Post('payment-intents')
  @Operation('create-intent')
  open(@SiblingCall() call: Call, @Body(checked(createIntentBody)) body: CreateIntentBody): unknown {
    return this.cashier.open(call, body);
  }

  @Get('payment-intents')
  @Operation('get-intent')
  list(@ListTenant() tenantId: string | null, @Query(checked(listQuery)) query: ListQuery): unknown {
    const { rows, nextCursor } = this.book.page({ ...query, tenantId });
    return { intents: rows.map(intentListRow), nextCursor };
  }

  @Get('payment-intents/:id')
  @Operation('get-intent')
  get(@SiblingCall() call: Call, @Param('id') id: string): IntentView {
    return intentView(this.cashier.intentOf(call.tenantId, id));
  }

  @Post('payment-intents/:id/confirm')
  @HttpCode(200)
  @Operation('confirm-intent')
  confirm(@SiblingCall() call: Call, @Param('id', checked(uuid)) id: string): unknown {
    return this.cashier.confirm(call, id);
  }

  @Post('payment-intents/:id/cancel')
  @HttpCode(200)
  @Operation('cancel-intent')
  cancel(@SiblingCall() call: Call, @Param('id', checked(uuid)) id: string): unknown {
    return this.cashier.cancel(call, id);
  }

  @Post('refunds')
  @Operation('refund')
  refund(@SiblingCall() call: Call, @Body(checked(refundBody)) body: RefundBody): RefundView {
    return this.desk.refund(call, body);
  }

  @Get('refunds/:refundId')
  @Operation('get-refund')
  getRefund(@SiblingCall() call: Call, @Param('refundId', checked(uuid)) refundId: string): RefundView {
    return refundView(this.desk.refundOf(call.tenantId, refundId));
  }
}
