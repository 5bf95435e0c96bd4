import { Optional } from '@app/platform';
import { ApiProperty, OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import {
  ORDER_EVENT_TYPES,
  ORDER_STATUSES,
  type EventFeedPage,
  type OrderCloudEvent,
  type OrderEventType,
  type OrderStatus,
} from '@app/orders';
import { OrderDto } from './orders.dto.js';

export class EventFeedQuery {
  /** `page.nextAfter` of an earlier answer; without it, or with 0, from the oldest event that is kept (30 days). */
  @Optional()
  @IsString()
  @Length(1, 2_000)
  after?: string;

  /** 1 to 1000. */
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit: number = 100;
}

export class PublishedOrderDto extends OmitType(OrderDto, [
  'billingAddress',
  'shippingAddress',
  'metadata',
  'cancelReason',
  'expiresInSeconds',
  'allowedActions',
] as const) {
  [fact: string]: unknown;

  @ApiProperty({
    enum: ORDER_STATUSES,
    enumName: 'OrderStatus',
    nullable: true,
    description: 'null for a new order.',
  })
  readonly previousStatus!: OrderStatus | null;
  @ApiProperty({ type: String, format: 'uuid', required: false, description: 'In events about a refund.' })
  readonly refundId?: string;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    required: false,
    description: 'In events about a refund, in minor units.',
  })
  readonly refundAmountCents?: number;
  @ApiProperty({ type: String, required: false, description: 'Why a refund failed.' })
  readonly failureCode?: string;
  @ApiProperty({ type: String, required: false, description: 'Why a payment attempt failed.' })
  readonly reason?: string;
}

export class OrderEventDto implements OrderCloudEvent {
  @ApiProperty({ enum: ['1.0'] }) readonly specversion!: '1.0';
  @ApiProperty({ type: String, format: 'uuid', description: 'Also the message id at the broker.' })
  readonly id!: string;
  @ApiProperty({ enum: ORDER_EVENT_TYPES, enumName: 'OrderEventType' }) readonly type!: OrderEventType;
  @ApiProperty({ enum: ['/order-service'] }) readonly source!: '/order-service';
  @ApiProperty({ type: String, format: 'uuid', description: 'The order.' }) readonly subject!: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly time!: string;
  @ApiProperty({ type: String, format: 'uuid' }) readonly tenantid!: string;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: '1, 2, 3 and so on for each order, without gaps.',
  })
  readonly sequence!: number;
  @ApiProperty({ type: String, required: false }) readonly traceparent?: string;
  @ApiProperty({ enum: ['application/json'] }) readonly datacontenttype!: 'application/json';
  @ApiProperty({ type: PublishedOrderDto }) readonly data!: PublishedOrderDto;
}

export class EventFeedPageDto {
  @ApiProperty({ type: String, description: 'Send it as `after` to read on.' }) readonly nextAfter!: string;
  @ApiProperty({ type: Boolean }) readonly hasMore!: boolean;
}

export class EventFeedDto implements EventFeedPage {
  @ApiProperty({ type: [OrderEventDto] }) readonly data!: OrderEventDto[];
  @ApiProperty({ type: EventFeedPageDto }) readonly page!: EventFeedPageDto;
}
