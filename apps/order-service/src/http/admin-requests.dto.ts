import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
} from 'class-validator';
import {
  AUDIT_OUTCOMES,
  EFFECT_KINDS,
  FINDING_ACTIONS,
  FINDING_STATES,
  type EffectKind,
  type FindingAction,
  type FindingState,
} from '@app/orders';
import { PageQuery } from './order-requests.dto.js';

/** `A,B` in a query, as a list of states. */
function IsFindingStateList(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      required: false,
      type: String,
      description: `One or more of ${FINDING_STATES.join(', ')}, separated by commas.`,
    }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value)),
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(FINDING_STATES.length),
    IsIn(FINDING_STATES, { each: true }),
  );
}

export class ListFindingsQuery extends PageQuery {
  @IsOptional()
  @IsFindingStateList()
  state?: FindingState[];

  /** A kind of finding, such as payment_under_review. */
  @IsOptional()
  @IsString()
  @Matches(/^[a-z_]{1,80}$/)
  kind?: string;

  /** The findings of one order. */
  @IsOptional()
  @IsUUID()
  orderId?: string;
}

export class AcknowledgeFindingRequest {
  @IsOptional()
  @IsString()
  @Length(1, 500)
  note?: string;
}

export class ResolveFindingRequest {
  /** For a payment under review: take the tickets of its expired order again, or send the money back. */
  @IsOptional()
  @IsIn(FINDING_ACTIONS)
  action?: FindingAction;

  /** Kept with the finding and in the audit log. */
  @IsString()
  @Length(1, 500)
  note!: string;
}

const LISTED_STATES = ['parked', 'pending'] as const;

export class ListEffectsQuery extends PageQuery {
  @IsOptional()
  @IsIn(LISTED_STATES)
  state: (typeof LISTED_STATES)[number] = 'parked';

  @IsOptional()
  @IsIn(EFFECT_KINDS)
  kind?: EffectKind;
}

export class RetryEffectRequest {
  @IsOptional()
  @IsString()
  @Length(1, 500)
  reason?: string;
}

export class AuditLogQuery extends PageQuery {
  @IsOptional()
  @IsIn(AUDIT_OUTCOMES)
  outcome?: (typeof AUDIT_OUTCOMES)[number];
}
