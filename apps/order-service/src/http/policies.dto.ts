import { ApiProperty } from '@nestjs/swagger';
import {
  IsBoolean,
  IsInt,
  IsISO31661Alpha2,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Max,
  Min,
} from 'class-validator';
import { NestedList } from '@app/platform';
import type { PricingPolicyBody, RefundPolicyBody } from '@app/orders';
import { IsUtcInstant } from './order-rules.js';
import { PageDto } from './orders.dto.js';
import { DistinctHours, IsCentsByCurrency } from './policy-rules.js';

const YEAR_HOURS = 8_760;
// With a name of its own, because the OpenAPI plugin drops a member whose bound is an expression.
const YEAR_LATER_HOURS = -8_760;
const YEAR_SECONDS = 31_536_000;
const DAY_SECONDS = 86_400;

class NewVersionRequest {
  /** When it begins to hold; now when left out, never in the past. */
  @IsOptional()
  @IsUtcInstant()
  effectiveFrom?: string;

  /** Why, for the audit log. */
  @IsString()
  @Length(1, 500)
  reason!: string;
}

/** Rates for a venue, a country and region, a country, or the whole tenant; what it leaves out is left to the next less specific one. */
export class CreatePricingPolicyRequest extends NewVersionRequest {
  @IsOptional()
  @IsUUID()
  venueId?: string;

  /** ISO 3166-1 alpha-2. */
  @IsOptional()
  @IsISO31661Alpha2()
  country?: string;

  /** Counts together with its country only. */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  region?: string;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  platformFeeBps?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  processingFeeBps?: number;

  /** Minor units per order, by currency. */
  @IsOptional()
  @IsCentsByCurrency()
  processingFeeFixed?: Record<string, number>;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  taxBps?: number;
}

export class RefundRuleRequest {
  /** The rule holds until this many hours before the start; negative: after it. */
  @IsInt()
  @Min(YEAR_LATER_HOURS)
  @Max(YEAR_HOURS)
  hoursBeforeStart!: number;

  /** Share of what was paid, in basis points; 0 pays nothing back. */
  @IsInt()
  @Min(0)
  @Max(10_000)
  refundBps!: number;
}

/** What buyers get back, for one event or for all events of the tenant. A called-off event pays everything back. */
export class CreateRefundPolicyRequest extends NewVersionRequest {
  /** Without it, every event of the tenant that has no policy of its own. */
  @IsOptional()
  @IsUUID()
  eventId?: string;

  /** After the last rule nothing is paid back. */
  @NestedList(() => RefundRuleRequest, { min: 1, max: 20 })
  @DistinctHours()
  rules!: RefundRuleRequest[];

  @IsOptional()
  @IsBoolean()
  refundsPlatformFee: boolean = true;

  @IsOptional()
  @IsBoolean()
  refundsProcessingFee: boolean = true;

  @IsOptional()
  @IsBoolean()
  refundsTax: boolean = true;
}

/** null goes back to the default of the service; what is left out stays as it is. */
export class ChangeTenantSettingsRequest {
  /** How long a PENDING order waits for its buyer. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(YEAR_SECONDS)
  @ApiProperty({ required: false, type: 'integer', nullable: true })
  pendingTtlSeconds?: number | null;

  /** How long a reservation waits for its payment; its seats are held that long and a little longer. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(DAY_SECONDS)
  @ApiProperty({ required: false, type: 'integer', nullable: true })
  reservationTtlSeconds?: number | null;

  /** Why, for the audit log. */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  reason?: string;
}

export class TenantSettingsDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    nullable: true,
    description: 'null: the default of the service.',
  })
  readonly pendingTtlSeconds!: number | null;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    nullable: true,
    description: 'null: the default of the service.',
  })
  readonly reservationTtlSeconds!: number | null;
}

class PolicyDto {
  @ApiProperty({ type: String, format: 'uuid' }) readonly id!: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly effectiveFrom!: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The first instant at which it no longer holds.',
  })
  readonly effectiveTo!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) readonly createdAt!: string;
  @ApiProperty({ type: String }) readonly createdBy!: string;
  @ApiProperty({ type: String }) readonly reason!: string;
}

const NULLABLE_BPS = { type: 'integer', minimum: 0, maximum: 10_000, nullable: true } as const;

export class PricingPolicyDto extends PolicyDto implements PricingPolicyBody {
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) readonly venueId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly country!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly region!: string | null;
  @ApiProperty(NULLABLE_BPS) readonly platformFeeBps!: number | null;
  @ApiProperty(NULLABLE_BPS) readonly processingFeeBps!: number | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer', minimum: 0 },
    nullable: true,
  })
  readonly processingFeeFixed!: Record<string, number> | null;
  @ApiProperty(NULLABLE_BPS) readonly taxBps!: number | null;
}

export class PricingPolicyListDto {
  @ApiProperty({ type: [PricingPolicyDto] }) readonly data!: PricingPolicyDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}

export class RefundRuleDto {
  @ApiProperty({ type: 'integer' }) readonly hoursBeforeStart!: number;
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 10_000 }) readonly refundBps!: number;
}

export class RefundPolicyDto extends PolicyDto implements RefundPolicyBody {
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) readonly eventId!: string | null;
  @ApiProperty({ type: [RefundRuleDto] }) readonly rules!: RefundRuleDto[];
  @ApiProperty({ type: Boolean }) readonly refundsPlatformFee!: boolean;
  @ApiProperty({ type: Boolean }) readonly refundsProcessingFee!: boolean;
  @ApiProperty({ type: Boolean }) readonly refundsTax!: boolean;
}

export class RefundPolicyListDto {
  @ApiProperty({ type: [RefundPolicyDto] }) readonly data!: RefundPolicyDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}
