import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, ValidateBy, buildMessage } from 'class-validator';
import { ORDER_STATUSES } from '@app/orders';

const METADATA_PAIRS_MAX = 10;
const METADATA_KEY_LENGTH_MAX = 40;
const METADATA_VALUE_LENGTH_MAX = 500;

/** RFC 3339 with a time zone; a bare date or a local time would mean something else in every zone. */
const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)$/;

/** Stricter than `Date.parse`, which takes 30 February for 2 March: PostgreSQL takes it for an error. */
export function isInstant(value: unknown): boolean {
  const parts = typeof value === 'string' ? INSTANT.exec(value) : null;
  if (parts === null || Number.isNaN(Date.parse(parts[0]))) return false;
  const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number);
  return year > 0 && new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

export function IsUtcInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isInstant',
    validator: {
      validate: isInstant,
      defaultMessage: buildMessage(
        (each) => `${each}$property must be an RFC 3339 instant such as 2026-01-31T12:00:00Z`,
      ),
    },
  });
}

export function isMetadata(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= METADATA_PAIRS_MAX &&
    entries.every(
      ([key, text]) =>
        key.length >= 1 &&
        key.length <= METADATA_KEY_LENGTH_MAX &&
        typeof text === 'string' &&
        text.length <= METADATA_VALUE_LENGTH_MAX,
    )
  );
}

export function IsMetadata(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      selfRequired: false,
      type: 'object',
      additionalProperties: { type: 'string', maxLength: METADATA_VALUE_LENGTH_MAX },
    }),
    ValidateBy({
      name: 'isMetadata',
      validator: {
        validate: isMetadata,
        defaultMessage: buildMessage(
          (each) =>
            `${each}$property must be at most ${METADATA_PAIRS_MAX} pairs of strings, keys up to ${METADATA_KEY_LENGTH_MAX} and values up to ${METADATA_VALUE_LENGTH_MAX} characters`,
        ),
      },
    }),
  );
}

function rows(value: unknown): readonly { readonly ticketTypeId?: unknown; readonly quantity?: unknown }[] {
  return Array.isArray(value)
    ? value.filter((row): row is object => typeof row === 'object' && row !== null)
    : [];
}

export function hasDistinctTicketTypes(value: unknown): boolean {
  const ids = rows(value).map((row) => String(row.ticketTypeId).toLowerCase());
  return new Set(ids).size === ids.length;
}

export function DistinctTicketTypes(): PropertyDecorator {
  return ValidateBy({
    name: 'distinctTicketTypes',
    validator: {
      validate: hasDistinctTicketTypes,
      defaultMessage: buildMessage((each) => `${each}$property must name each ticket type in one line only`),
    },
  });
}

export function TotalQuantityMax(max: number): PropertyDecorator {
  return ValidateBy({
    name: 'totalQuantityMax',
    validator: {
      validate: (value: unknown): boolean =>
        rows(value).reduce((sum, row) => sum + (typeof row.quantity === 'number' ? row.quantity : 0), 0) <=
        max,
      defaultMessage: buildMessage((each) => `${each}$property must be at most ${max} tickets in all`),
    },
  });
}

/** `A,B` in a query, as a list of statuses. */
export function IsStatusList(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      required: false,
      type: String,
      description: `One or more of ${ORDER_STATUSES.join(', ')}, separated by commas.`,
      pattern: `^(${ORDER_STATUSES.join('|')})(,(${ORDER_STATUSES.join('|')}))*$`,
    }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value)),
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(ORDER_STATUSES.length),
    IsIn(ORDER_STATUSES, { each: true }),
  );
}
