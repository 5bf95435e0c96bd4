import { Injectable, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { validationFailed, type ValidatedPart } from './validation-errors.js';

/**
 * class-validator over every body and query class. Unknown members are refused, nothing is converted by itself:
 * implicit conversion would turn `true` into 1. A query class converts its numbers with `@Type(() => Number)`.
 */
function strictPipe(part: ValidatedPart): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: false,
    // The value tells a missing member from a wrong one; it is never shown.
    validationError: { target: false, value: true },
    exceptionFactory: (errors: ValidationError[]) => validationFailed(errors, part),
  });
}

@Injectable()
export class RequestValidationPipe implements PipeTransform {
  private readonly body = strictPipe('body');
  private readonly parameters = strictPipe('parameters');

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const pipe = metadata.type === 'body' ? this.body : this.parameters;
    return pipe.transform(value, metadata);
  }
}
