import { Type } from 'class-transformer';
import {
  IsEmail,
  IsIn,
  IsISO31661Alpha2,
  IsInstance,
  IsInt,
  IsISO4217CurrencyCode,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { NestedList, Optional } from '@app/platform';
import type { OrderStatus } from '@app/orders';
import {
  DistinctTicketTypes,
  IsMetadata,
  IsStatusList,
  IsUtcInstant,
  TotalQuantityMax,
} from './order-rules.js';

const CENTS_MAX = Number.MAX_SAFE_INTEGER;

/** One line of an order; each ticket type may stand in one line only. */
export class OrderItemRequest {
  @IsUUID()
  ticketTypeId!: string;

  /** How many tickets, 1 to 20. */
  @IsInt()
  @Min(1)
  @Max(20)
  quantity!: number;

  /** The unit price the buyer was shown, in minor units. It is compared with ours and never prices anything. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(CENTS_MAX)
  unitPriceCents?: number;
}

export class AddressRequestDto {
  @IsString()
  @Length(1, 200)
  name!: string;

  @Optional()
  @IsEmail()
  @MaxLength(254)
  email?: string;

  @Optional()
  @IsString()
  @Length(3, 40)
  phone?: string;

  @IsString()
  @Length(1, 200)
  line1!: string;

  @Optional()
  @IsString()
  @MaxLength(200)
  line2?: string;

  @IsString()
  @Length(1, 120)
  city!: string;

  @Optional()
  @IsString()
  @MaxLength(120)
  region?: string;

  @IsString()
  @Length(1, 20)
  postalCode!: string;

  /** ISO 3166-1 alpha-2. */
  @IsISO31661Alpha2()
  country!: string;
}

/** What a buyer orders. Prices come from us; the figures sent along are compared, and a difference is 409 PRICE_CHANGED. */
export class CreateOrderRequest {
  @IsUUID()
  eventId!: string;

  /** 1 to 50 lines, at most 100 tickets in all. */
  @NestedList(() => OrderItemRequest, { min: 1, max: 50 })
  @DistinctTicketTypes()
  @TotalQuantityMax(100)
  items!: OrderItemRequest[];

  /** ISO 4217; must be the event's currency. */
  @Optional()
  @IsISO4217CurrencyCode()
  currency?: string;

  @Optional()
  @IsString()
  @Length(1, 64)
  promoCode?: string;

  /** The total the buyer was shown, in minor units. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(CENTS_MAX)
  expectedTotalCents?: number;

  @Optional()
  @Type(() => AddressRequestDto)
  @IsInstance(AddressRequestDto, { message: '$property must be an object' })
  @ValidateNested()
  billingAddress?: AddressRequestDto;

  @Optional()
  @Type(() => AddressRequestDto)
  @IsInstance(AddressRequestDto, { message: '$property must be an object' })
  @ValidateNested()
  shippingAddress?: AddressRequestDto;

  /** At most 10 pairs of strings; keys up to 40, values up to 500 characters. */
  @Optional()
  @IsMetadata()
  metadata?: Record<string, string>;
}

export class CancelOrderRequest {
  @Optional()
  @IsString()
  @Length(1, 500)
  reason?: string;
}

export class ExpireOrderRequest {
  @Optional()
  @IsString()
  @Length(1, 500)
  reason?: string;
}

export class ConfirmOrderRequest {
  // It becomes a part of a path at payment-service, where dots alone would lead elsewhere.
  @IsString()
  @Length(1, 200)
  @Matches(/^(?!\.+$)[A-Za-z0-9._:-]+$/, { message: '$property must be an id of payment-service' })
  paymentIntentId!: string;
}

export class RefundItemRequest {
  @IsUUID()
  itemId!: string;

  @IsInt()
  @Min(1)
  @Max(20)
  quantity!: number;
}

/** Neither items nor amountCents means everything that is still refundable; amountCents alone is for admins. */
export class RefundOrderRequest {
  @Optional()
  @NestedList(() => RefundItemRequest, { min: 1, max: 50 })
  items?: RefundItemRequest[];

  @Optional()
  @IsInt()
  @Min(1)
  @Max(CENTS_MAX)
  amountCents?: number;

  @IsString()
  @Length(1, 500)
  reason!: string;
}

export class RefundQuoteRequest {
  @Optional()
  @NestedList(() => RefundItemRequest, { min: 1, max: 50 })
  items?: RefundItemRequest[];
}

export class PageQuery {
  /** 1 to 100. */
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @Optional()
  @IsString()
  @Length(1, 2_000)
  cursor?: string;
}

export class ListOrdersQuery extends PageQuery {
  /** One or more statuses, separated by commas. */
  @Optional()
  @IsStatusList()
  status?: OrderStatus[];

  @Optional()
  @IsUUID()
  eventId?: string;

  @Optional()
  @IsUtcInstant()
  createdFrom?: string;

  @Optional()
  @IsUtcInstant()
  createdTo?: string;

  @Optional()
  @IsIn(['createdAt', '-createdAt'])
  sort: 'createdAt' | '-createdAt' = '-createdAt';

  /** For admins: the orders of one user. */
  @Optional()
  @IsUUID()
  userId?: string;

  /** For admins: the order with this number. */
  @Optional()
  @IsString()
  @Length(5, 40)
  orderNumber?: string;
}

export class ExpiringOrdersQuery extends PageQuery {
  /** Seconds from now, up to a day. */
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(86_400)
  withinSeconds: number = 300;
}
