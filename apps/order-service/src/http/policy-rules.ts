import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, buildMessage } from 'class-validator';
import { isCurrency } from '@app/kernel';

const CURRENCIES_MAX = 50;

export function isCentsByCurrency(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length >= 1 &&
    entries.length <= CURRENCIES_MAX &&
    entries.every(
      ([currency, cents]) => isCurrency(currency) && Number.isSafeInteger(cents) && (cents as number) >= 0,
    )
  );
}

/** An amount in minor units for each of some currencies: `{"USD": 30, "JPY": 30}`. */
export function IsCentsByCurrency(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      selfRequired: false,
      type: 'object',
      additionalProperties: { type: 'integer', minimum: 0 },
    }),
    ValidateBy({
      name: 'isCentsByCurrency',
      validator: {
        validate: isCentsByCurrency,
        defaultMessage: buildMessage(
          (each) =>
            `${each}$property must be whole minor units by ISO 4217 code, for 1 to ${CURRENCIES_MAX} currencies`,
        ),
      },
    }),
  );
}

/** A region says something only together with its country. */
export function WithItsCountry(): PropertyDecorator {
  return ValidateBy({
    name: 'withItsCountry',
    validator: {
      validate: (_region, args) =>
        typeof args?.object === 'object' && typeof Reflect.get(args.object, 'country') === 'string',
      defaultMessage: buildMessage((each) => `${each}$property needs its country beside it`),
    },
  });
}

export function hasDistinctHours(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const hours = value.map((rule: { readonly hoursBeforeStart?: unknown } | null) => rule?.hoursBeforeStart);
  return new Set(hours).size === hours.length;
}

/** Two rules until the same hour would contradict each other. */
export function DistinctHours(): PropertyDecorator {
  return ValidateBy({
    name: 'distinctHours',
    validator: {
      validate: hasDistinctHours,
      defaultMessage: buildMessage((each) => `${each}$property must name each hoursBeforeStart once`),
    },
  });
}
