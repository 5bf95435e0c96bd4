import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ORDER_STATUSES,
  type ExpiringOrderBody,
  type HistoryEntryBody,
  type OrderBody,
  type OrderItemBody,
  type OrderStatus,
  type OrderTicketBody,
  type PaymentBody,
  type QuoteBody,
  type RefundBody,
  type RefundQuoteBody,
} from '@app/orders';

const PAYMENT_OUTCOMES = [
  'confirmed',
  'recovering',
  'refunding',
  'duplicate_refunding',
  'under_review',
] as const;

export function Uuid(options: ApiPropertyOptions = {}): PropertyDecorator {
  return ApiProperty({ type: String, format: 'uuid', ...options });
}

export function Instant(options: ApiPropertyOptions = {}): PropertyDecorator {
  return ApiProperty({ type: String, format: 'date-time', ...options });
}

/** An amount in minor units of the currency beside it. */
export function Cents(options: ApiPropertyOptions = {}): PropertyDecorator {
  return ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    ...options,
  });
}

export function Count(options: ApiPropertyOptions = {}): PropertyDecorator {
  return ApiProperty({ type: 'integer', minimum: 0, ...options });
}

export function Text(options: ApiPropertyOptions = {}): PropertyDecorator {
  return applyDecorators(ApiProperty({ type: String, ...options }));
}

export const NULLABLE = { nullable: true } as const;
const STATUS = { enum: ORDER_STATUSES, enumName: 'OrderStatus' } as const;

export class OrderItemDto implements OrderItemBody {
  @Uuid() readonly id!: string;
  @Uuid() readonly ticketTypeId!: string;
  @Text() readonly name!: string;
  @Count({ minimum: 1 }) readonly quantity!: number;
  @Cents() readonly unitPriceCents!: number;
  @Cents() readonly totalPriceCents!: number;
  @Count() readonly refundedQuantity!: number;
}

export class OrderTicketDto implements OrderTicketBody {
  @Text() readonly id!: string;
  @Uuid() readonly itemId!: string;
  @Uuid() readonly ticketTypeId!: string;
  @ApiProperty({ enum: ['ISSUED', 'VOID'] }) readonly status!: 'ISSUED' | 'VOID';
}

export class DiscountDto {
  @Text() readonly code!: string;
  @Cents() readonly amountCents!: number;
}

export class AddressDto {
  @Text() readonly name!: string;
  @Text(NULLABLE) readonly email!: string | null;
  @Text(NULLABLE) readonly phone!: string | null;
  @Text() readonly line1!: string;
  @Text(NULLABLE) readonly line2!: string | null;
  @Text() readonly city!: string;
  @Text(NULLABLE) readonly region!: string | null;
  @Text() readonly postalCode!: string;
  @Text({ description: 'ISO 3166-1 alpha-2.' }) readonly country!: string;
}

export class OrderDto implements OrderBody {
  @Uuid() readonly id!: string;
  @Text({
    description: 'For people: ORD- and symbols of Crockford base32, random.',
    example: 'ORD-7K2M9XQ4TB0V',
  })
  readonly orderNumber!: string;
  @Uuid() readonly tenantId!: string;
  @Uuid() readonly userId!: string;
  @Uuid() readonly eventId!: string;
  @ApiProperty(STATUS) readonly status!: OrderStatus;
  @Count({ minimum: 1, description: 'Grows with every change of this body; the ETag is made of it.' })
  readonly version!: number;
  @Text({ description: 'ISO 4217.', example: 'USD' }) readonly currency!: string;
  @Cents() readonly subtotalCents!: number;
  @Cents() readonly discountCents!: number;
  @Cents() readonly platformFeeCents!: number;
  @Cents() readonly processingFeeCents!: number;
  @Cents() readonly taxCents!: number;
  @Cents() readonly totalCents!: number;
  @Cents({ description: 'Paid back so far.' }) readonly refundedCents!: number;
  @Cents({ description: 'On its way back.' }) readonly pendingRefundCents!: number;
  @ApiProperty({ type: [OrderItemDto] }) readonly items!: OrderItemDto[];
  @ApiProperty({ type: [OrderTicketDto] }) readonly tickets!: OrderTicketDto[];
  @ApiProperty({ type: [DiscountDto] }) readonly discounts!: DiscountDto[];
  @Text(NULLABLE) readonly paymentIntentId!: string | null;
  @Instant(NULLABLE) readonly reservationExpiresAt!: string | null;
  @Instant({ ...NULLABLE, description: 'Deadline of the present status.' }) readonly expiresAt!:
    string | null;
  @Count({ ...NULLABLE, description: 'Until expiresAt, at the moment of the answer; not part of the ETag.' })
  readonly expiresInSeconds!: number | null;
  @ApiProperty({
    type: String,
    enum: ['reserve', 'cancel', 'expire', 'recover'],
    ...NULLABLE,
    description: 'What is under way.',
  })
  readonly pendingAction!: string | null;
  @Instant() readonly createdAt!: string;
  @Instant() readonly updatedAt!: string;
  @Instant(NULLABLE) readonly reservedAt!: string | null;
  @Instant(NULLABLE) readonly confirmedAt!: string | null;
  @Instant(NULLABLE) readonly completedAt!: string | null;
  @Instant(NULLABLE) readonly cancelledAt!: string | null;
  @Instant(NULLABLE) readonly expiredAt!: string | null;
  @Instant(NULLABLE) readonly refundedAt!: string | null;
  @Text(NULLABLE) readonly cancelReason!: string | null;
  @ApiProperty({ type: AddressDto, ...NULLABLE }) readonly billingAddress!: AddressDto | null;
  @ApiProperty({ type: AddressDto, ...NULLABLE }) readonly shippingAddress!: AddressDto | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) readonly metadata!: Record<
    string,
    string
  >;
  @ApiProperty({ type: [String], description: 'What a client may ask for now.' })
  readonly allowedActions!: string[];
}

export class PaymentDto implements PaymentBody {
  @Text() readonly intentId!: string;
  @Text({ ...NULLABLE, description: 'Lets the buyer’s page pay; gone once the order has left RESERVED.' })
  readonly clientSecret!: string | null;
}

export class ReservedOrderDto extends OrderDto {
  @ApiProperty({ type: PaymentDto, ...NULLABLE, description: 'null for an order that costs nothing.' })
  readonly payment!: PaymentDto | null;
}

export class ConfirmedOrderDto extends OrderDto {
  @ApiProperty({ enum: PAYMENT_OUTCOMES, description: 'What became of the money.' })
  readonly paymentOutcome!: (typeof PAYMENT_OUTCOMES)[number];
}

export class PageDto {
  @Count() readonly limit!: number;
  @ApiProperty({ type: Boolean }) readonly hasMore!: boolean;
  @Text(NULLABLE) readonly nextCursor!: string | null;
}

export class OrderListDto {
  @ApiProperty({ type: [OrderDto] }) readonly data!: OrderDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}

export class QuotedItemDto {
  @Uuid() readonly ticketTypeId!: string;
  @Text() readonly name!: string;
  @Count({ minimum: 1 }) readonly quantity!: number;
  @Cents() readonly unitPriceCents!: number;
  @Cents() readonly totalPriceCents!: number;
}

export class QuoteDto implements QuoteBody {
  @Uuid() readonly eventId!: string;
  @Text({ description: 'ISO 4217.' }) readonly currency!: string;
  @Cents() readonly subtotalCents!: number;
  @Cents() readonly discountCents!: number;
  @Cents() readonly platformFeeCents!: number;
  @Cents() readonly processingFeeCents!: number;
  @Cents() readonly taxCents!: number;
  @Cents() readonly totalCents!: number;
  @ApiProperty({ type: [QuotedItemDto] }) readonly items!: QuotedItemDto[];
  @ApiProperty({ type: [DiscountDto] }) readonly discounts!: DiscountDto[];
  @Instant({ description: 'We expect the price to stand until then; create compares it again.' })
  readonly validUntil!: string;
}

export class ActorDto {
  @ApiProperty({ enum: ['user', 'service', 'system'] }) readonly kind!: 'user' | 'service' | 'system';
  @Text({ ...NULLABLE, description: 'For admins.' }) readonly id!: string | null;
}

export class HistoryEntryDto implements HistoryEntryBody {
  @Count({ minimum: 1 }) readonly sequence!: number;
  @Text({ example: 'order.reserved' }) readonly type!: string;
  @Instant() readonly at!: string;
  @ApiProperty({ type: ActorDto }) readonly actor!: ActorDto;
  @ApiProperty({ type: String, enum: ORDER_STATUSES, ...NULLABLE }) readonly fromStatus!: OrderStatus | null;
  @ApiProperty({ type: String, enum: ORDER_STATUSES, ...NULLABLE }) readonly toStatus!: OrderStatus | null;
  @Text(NULLABLE) readonly reason!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) readonly data!: Record<string, unknown>;
}

export class HistoryDto {
  @ApiProperty({ type: [HistoryEntryDto] }) readonly data!: HistoryEntryDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}

export class RefundItemDto {
  @Uuid() readonly itemId!: string;
  @Count() readonly quantity!: number;
  @Cents() readonly amountCents!: number;
}

export class RefundDto implements RefundBody {
  @Uuid() readonly id!: string;
  @Uuid() readonly orderId!: string;
  @ApiProperty({ enum: ['PENDING', 'SUCCEEDED', 'FAILED'] }) readonly status!: RefundBody['status'];
  @Cents() readonly amountCents!: number;
  @Text() readonly currency!: string;
  @Text() readonly reason!: string;
  @ApiProperty({ type: [RefundItemDto] }) readonly items!: RefundItemDto[];
  @Instant() readonly createdAt!: string;
  @Instant(NULLABLE) readonly settledAt!: string | null;
  @Text(NULLABLE) readonly failureCode!: string | null;
}

export class RefundListDto {
  @ApiProperty({ type: [RefundDto] }) readonly data!: RefundDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}

export class RefundClauseDto {
  @Uuid({ ...NULLABLE, description: 'null: the default policy.' }) readonly id!: string | null;
  @Text() readonly clause!: string;
}

export class RefundQuoteDto implements RefundQuoteBody {
  @Cents() readonly amountCents!: number;
  @Text() readonly currency!: string;
  @Cents({ description: 'What was paid for these tickets and is not paid back.' })
  readonly keptCents!: number;
  @ApiProperty({ type: [RefundItemDto] }) readonly items!: RefundItemDto[];
  @ApiProperty({ type: RefundClauseDto }) readonly policy!: RefundClauseDto;
  @Instant() readonly validUntil!: string;
}

export class ExpiringOrderDto implements ExpiringOrderBody {
  @Uuid() readonly id!: string;
  @Text() readonly orderNumber!: string;
  @Uuid() readonly userId!: string;
  @Uuid() readonly eventId!: string;
  @ApiProperty(STATUS) readonly status!: OrderStatus;
  @Instant() readonly expiresAt!: string;
}

export class ExpiringListDto {
  @ApiProperty({ type: [ExpiringOrderDto] }) readonly data!: ExpiringOrderDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}
