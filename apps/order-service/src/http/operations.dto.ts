import { Optional } from '@app/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, IsUUID, Length } from 'class-validator';
import {
  OPERATION_STATUSES,
  type BulkCancelPreview,
  type OperationBody,
  type OperationFailure,
} from '@app/orders';
import { PageDto } from './orders.dto.js';

/** Calls an event off: its sale stops for good, its orders are cancelled or paid back in full. */
export class BulkCancelRequest {
  @IsUUID()
  eventId!: string;

  /** Told to buyers and kept with every order and refund. */
  @IsString()
  @Length(1, 500)
  reason!: string;

  /** Only counts, and changes nothing. */
  @Optional()
  @IsBoolean()
  dryRun?: boolean;
}

export class CountsByStatusDto {
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly PENDING!: number;
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly RESERVED!: number;
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly CONFIRMED!: number;
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly COMPLETED!: number;
}

export class BulkCancelPreviewDto implements BulkCancelPreview {
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly total!: number;
  @ApiProperty({ type: CountsByStatusDto }) readonly byStatus!: CountsByStatusDto;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'What would be paid back, in minor units; disputed orders pay nothing.',
  })
  readonly refundCents!: number;
  @ApiProperty({ type: String, description: 'ISO 4217.', example: 'USD' }) readonly currency!: string;
}

export class OperationFailureDto implements OperationFailure {
  @ApiProperty({ type: String, format: 'uuid' }) readonly orderId!: string;
  @ApiProperty({ type: String, example: 'ORDER_DISPUTED' }) readonly code!: string;
  @ApiProperty({ type: String }) readonly detail!: string;
}

export class OperationDto implements OperationBody {
  @ApiProperty({ type: String, format: 'uuid' }) readonly id!: string;
  @ApiProperty({ enum: ['bulk-cancel'] }) readonly kind!: OperationBody['kind'];
  @ApiProperty({ type: String, format: 'uuid' }) readonly eventId!: string;
  @ApiProperty({
    enum: OPERATION_STATUSES,
    description: 'FAILED: it has finished, and at least one order needs people.',
  })
  readonly status!: OperationBody['status'];
  @ApiProperty({ type: String }) readonly reason!: string;
  @ApiProperty({ type: String, nullable: true, example: 'INSUFFICIENT_BALANCE' })
  readonly pauseReason!: string | null;
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly total!: number;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Orders that ended and whose refund succeeded.',
  })
  readonly done!: number;
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly failed!: number;
  @ApiProperty({ type: [OperationFailureDto], description: 'The first 100; failed counts them all.' })
  readonly failures!: OperationFailureDto[];
  @ApiProperty({ type: String, format: 'date-time' }) readonly createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly finishedAt!: string | null;
}

export class OperationListDto {
  @ApiProperty({ type: [OperationDto] }) readonly data!: OperationDto[];
  @ApiProperty({ type: PageDto }) readonly page!: PageDto;
}
