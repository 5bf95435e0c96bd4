import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { validationFailed } from './refusal.js';

const ISSUES_SHOWN_MAX = 5;

class CheckedPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(private readonly schema: S) {}

  transform(value: unknown): z.output<S> {
    const result = this.schema.safeParse(value ?? {});
    if (result.success) return result.data;
    const issues = result.error.issues
      .slice(0, ISSUES_SHOWN_MAX)
      .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    throw validationFailed(issues.join('; '));
  }
}

/** A parameter pipe that answers 400 VALIDATION_FAILED to whatever does not fit the schema. */
export function checked<S extends z.ZodType>(schema: S): PipeTransform<unknown, z.output<S>> {
  return new CheckedPipe(schema);
}
