import { ApiProperty } from '@nestjs/swagger';
import {
  IsIn,
  IsInt,
  IsISO4217CurrencyCode,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import type { PromoCodeBody } from '@app/orders';
import { PageQuery } from './order-requests.dto.js';
import { IsUtcInstant } from './order-rules.js';
import { PageDto } from './orders.dto.js';

const CENTS_MAX = Number.MAX_SAFE_INTEGER;
const COUNT_MAX = 2_147_483_647;

/** A discount that buyers enter as a code. It is never edited: end it and make another. */
export class CreatePromoCodeRequest {
  /** Upper and lower case read the same. */
  @IsString()
  @Length(1, 64)
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
    message: 'code must be made of letters, digits, dots, dashes and underscores',
  })
  code!: string;

  @IsIn(['percentage', 'fixed'])
  kind!: 'percentage' | 'fixed';

  /** For kind percentage: 1 to 10000 basis points of the subtotal. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  percentBps?: number;

  /** For kind fixed: minor units off the subtotal, never more than it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(CENTS_MAX)
  amountCents?: number;

  /** ISO 4217; needed with an amount or a minimum, and then the code is for orders in this currency. */
  @IsOptional()
  @IsISO4217CurrencyCode()
  currency?: string;

  /** Without it the code is for every event of the tenant. */
  @IsOptional()
  @IsUUID()
  eventId?: string;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(CENTS_MAX)
  minimumSubtotalCents?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(COUNT_MAX)
  maxRedemptions?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(COUNT_MAX)
  maxRedemptionsPerBuyer?: number;

  @IsOptional()
  @IsUtcInstant()
  startsAt?: string;

  /** The first instant at which the code no longer applies. */
  @IsOptional()
  @IsUtcInstant()
  endsAt?: string;

  /** Why, for the audit log. */
  @IsString()
  @Length(1, 500)
  reason!: string;
}

/** Ends something now. */
export class EndRequest {
  /** Why, for the audit log. */
  @IsString()
  @Length(1, 500)
  reason!: string;
}

export class ListPromoCodesQuery extends PageQuery {
  /** Those that read like this, ended ones too. */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  code?: string;
}

const NULLABLE_COUNT = { type: 'integer', minimum: 0, nullable: true } as const;
const NULLABLE_INSTANT = { type: String, format: 'date-time', nullable: true } as const;

export class PromoCodeDto implements PromoCodeBody {
  @ApiProperty({ type: String, format: 'uuid' }) readonly id!: string;
  @ApiProperty({ type: String, description: 'In upper case.' }) readonly code!: string;
  @ApiProperty({ enum: ['percentage', 'fixed'] }) readonly kind!: PromoCodeBody['kind'];
  @ApiProperty(NULLABLE_COUNT) readonly percentBps!: number | null;
  @ApiProperty(NULLABLE_COUNT) readonly amountCents!: number | null;
  @ApiProperty({ type: String, nullable: true }) readonly currency!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) readonly eventId!: string | null;
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly minimumSubtotalCents!: number;
  @ApiProperty(NULLABLE_COUNT) readonly maxRedemptions!: number | null;
  @ApiProperty(NULLABLE_COUNT) readonly maxRedemptionsPerBuyer!: number | null;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Uses that count; those of expired and cancelled orders are given back.',
  })
  readonly redemptions!: number;
  @ApiProperty(NULLABLE_INSTANT) readonly startsAt!: string | null;
  @ApiProperty(NULLABLE_INSTANT) readonly endsAt!: string | null;
  @ApiProperty({ ...NULLABLE_INSTANT, description: 'When an admin ended it.' })
  readonly endedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) readonly createdAt!: string;
  @ApiProperty({ type: String }) readonly createdBy!: string;
  @ApiProperty({ type: String }) readonly reason!: string;
}

export class PromoCodeListDto {
  @ApiProperty({ type: [PromoCodeDto] }) readonly data!: PromoCodeDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}
