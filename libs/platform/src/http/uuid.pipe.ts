import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { AppError, isUuid, type FieldError } from '@app/kernel';

/** @throws VALIDATION_FAILED naming the parameter when it is not a UUID; lower-cases it otherwise */
@Injectable()
export class UuidPipe implements PipeTransform<unknown, string> {
  transform(value: unknown, metadata: ArgumentMetadata): string {
    if (isUuid(value)) return value.toLowerCase();
    const parameter = metadata.data ?? 'id';
    const errors: FieldError[] = [{ parameter, code: 'UUID', detail: `${parameter} must be a UUID.` }];
    throw new AppError(
      'VALIDATION_FAILED',
      { reason: `${parameter} must be a UUID.` },
      { members: { errors } },
    );
  }
}
