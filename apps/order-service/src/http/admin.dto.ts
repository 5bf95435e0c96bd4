import { ApiProperty } from '@nestjs/swagger';
import {
  AUDIT_OUTCOMES,
  EFFECT_KINDS,
  FINDING_STATES,
  TIMELINE_SOURCES,
  type AuditLogBody,
  type EffectBody,
  type ExplainedLatePayment,
  type ExplainedMessage,
  type ExplainedPayment,
  type ExplainedRefund,
  type ExplanationBody,
  type FindingBody,
  type TimelineEntry,
} from '@app/orders';
import { Cents, Count, Instant, NULLABLE, OrderDto, PageDto, RefundDto, Text, Uuid } from './orders.dto.js';

const ANYTHING = { type: 'object', additionalProperties: true } as const;
const EFFECT_STATES = ['pending', 'armed', 'done', 'disarmed', 'superseded', 'refused', 'parked'] as const;

export class FindingDto implements FindingBody {
  @Uuid() readonly id!: string;
  @Text({ example: 'payment_under_review' }) readonly kind!: string;
  @Text({ description: 'What it is about: an order, an intent, a refund, a call.' })
  readonly subject!: string;
  @Uuid(NULLABLE) readonly orderId!: string | null;
  @ApiProperty({ enum: FINDING_STATES }) readonly state!: FindingBody['state'];
  @Count({ minimum: 1 }) readonly sightings!: number;
  @ApiProperty(ANYTHING) readonly details!: Record<string, unknown>;
  @Instant() readonly firstSeenAt!: string;
  @Instant() readonly lastSeenAt!: string;
  @Instant(NULLABLE) readonly acknowledgedAt!: string | null;
  @Text(NULLABLE) readonly acknowledgedBy!: string | null;
  @Instant(NULLABLE) readonly resolvedAt!: string | null;
  @Text(NULLABLE) readonly resolvedBy!: string | null;
  @Text(NULLABLE) readonly resolution!: string | null;
  @ApiProperty({ type: [String], description: 'What an admin may do about it.' })
  readonly allowedActions!: string[];
}

export class FindingListDto {
  @ApiProperty({ type: [FindingDto] }) readonly data!: FindingDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}

export class EffectDto implements EffectBody {
  @Uuid() readonly id!: string;
  @Uuid() readonly orderId!: string;
  @ApiProperty({ enum: EFFECT_KINDS }) readonly kind!: EffectBody['kind'];
  @ApiProperty({ enum: EFFECT_STATES }) readonly state!: EffectBody['state'];
  @Count() readonly generation!: number;
  @Text({ description: 'The idempotency key it carries to the sibling.' }) readonly key!: string;
  @Count() readonly attempts!: number;
  @ApiProperty({ ...ANYTHING, ...NULLABLE, description: 'What it came to so far.' })
  readonly outcome!: Record<string, unknown> | null;
  @Instant() readonly createdAt!: string;
  @Instant(NULLABLE) readonly firstSentAt!: string | null;
  @Instant({ ...NULLABLE, description: 'When it is sent next; null unless it is pending.' })
  readonly dueAt!: string | null;
  @Instant(NULLABLE) readonly finishedAt!: string | null;
}

export class EffectListDto {
  @ApiProperty({ type: [EffectDto] }) readonly data!: EffectDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}

export class AuditActorDto {
  @ApiProperty({ enum: ['user', 'service', 'system'] }) readonly kind!: AuditLogBody['actor']['kind'];
  @Text() readonly id!: string;
}

export class AuditLogEntryDto implements AuditLogBody {
  @Uuid() readonly id!: string;
  @Instant() readonly at!: string;
  @ApiProperty({ type: AuditActorDto }) readonly actor!: AuditActorDto;
  @Text({ example: 'POST /api/v1/findings/:findingId/resolve' }) readonly action!: string;
  @Text() readonly subject!: string;
  @ApiProperty({ enum: AUDIT_OUTCOMES }) readonly outcome!: AuditLogBody['outcome'];
  @Text({ ...NULLABLE, description: 'The error code of what was not done.' }) readonly code!: string | null;
  @Text(NULLABLE) readonly reason!: string | null;
  @Text(NULLABLE) readonly requestId!: string | null;
  @ApiProperty(ANYTHING) readonly data!: Record<string, unknown>;
}

export class AuditLogDto {
  @ApiProperty({ type: [AuditLogEntryDto] }) readonly data!: AuditLogEntryDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}

export class TimelineEntryDto implements TimelineEntry {
  @Instant() readonly at!: string;
  @ApiProperty({ enum: TIMELINE_SOURCES }) readonly source!: TimelineEntry['source'];
  @Text() readonly what!: string;
  @Text(NULLABLE) readonly by!: string | null;
  @Text(NULLABLE) readonly requestId!: string | null;
}

export class ExplainedMessageDto implements ExplainedMessage {
  @Uuid() readonly id!: string;
  @Count({ minimum: 1 }) readonly sequence!: number;
  @Text({ example: 'order.reserved' }) readonly type!: string;
  @Instant() readonly createdAt!: string;
  @Count({ ...NULLABLE, description: 'Its place in the feed.' }) readonly position!: number | null;
  @Count() readonly attempts!: number;
  @Instant(NULLABLE) readonly publishedAt!: string | null;
}

export class ExplainedPaymentDto implements ExplainedPayment {
  @Text() readonly paymentIntentId!: string;
  @Count() readonly generation!: number;
  @ApiProperty({ enum: ['open', 'succeeded', 'canceled'] }) readonly status!: ExplainedPayment['status'];
  @Cents() readonly amountCents!: number;
  @Cents() readonly receivedCents!: number;
  @Cents({ description: 'Set aside for refunds, pending and succeeded.' })
  readonly refundReservedCents!: number;
  @Text() readonly currency!: string;
  @ApiProperty({ type: Boolean, description: 'Whether it is the one that pays the order.' })
  readonly isCurrent!: boolean;
}

export class ExplainedLatePaymentDto implements ExplainedLatePayment {
  @Text() readonly paymentIntentId!: string;
  @Text() readonly outcome!: string;
  @Text({ description: 'The status in which the money met the order.' }) readonly orderStatus!: string;
  @Cents() readonly receivedCents!: number;
  @Instant() readonly createdAt!: string;
  @Instant() readonly updatedAt!: string;
}

export class ExplainedRefundDto extends RefundDto implements ExplainedRefund {
  @ApiProperty({ enum: ['units', 'goodwill', 'payment'] }) readonly kind!: ExplainedRefund['kind'];
  @Text() readonly paymentIntentId!: string;
  @Text({ ...NULLABLE, description: 'What the refund policy said; null where none decided.' })
  readonly policyClause!: string | null;
  @Text() readonly requestedBy!: string;
}

export class ExplanationDto implements ExplanationBody {
  @ApiProperty({ type: OrderDto }) readonly order!: OrderDto;
  @ApiProperty({ type: [String], description: 'What may happen next, in plain sentences.' })
  readonly next!: string[];
  @ApiProperty({ type: [TimelineEntryDto] }) readonly timeline!: TimelineEntryDto[];
  @ApiProperty({ type: [EffectDto] }) readonly calls!: EffectDto[];
  @ApiProperty({ type: [ExplainedMessageDto] }) readonly messages!: ExplainedMessageDto[];
  @ApiProperty({ type: [ExplainedPaymentDto] }) readonly payments!: ExplainedPaymentDto[];
  @ApiProperty({ type: [ExplainedLatePaymentDto] }) readonly latePayments!: ExplainedLatePaymentDto[];
  @ApiProperty({ type: [ExplainedRefundDto] }) readonly refunds!: ExplainedRefundDto[];
  @ApiProperty({ type: [FindingDto] }) readonly findings!: FindingDto[];
}
