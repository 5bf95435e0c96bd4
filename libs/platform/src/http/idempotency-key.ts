import type { FastifyRequest } from 'fastify';
import { AppError, isUuid, type FieldError } from '@app/kernel';
import { headerLines } from './request-context.js';

const QUOTED = /^"([^"]*)"$/;

/**
 * The Idempotency-Key header: one UUID of any version, bare or quoted; lower-case, without the quotes.
 * @throws IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_INVALID
 */
export function readIdempotencyKey(request: FastifyRequest): string {
  const header = request.headers['idempotency-key'];
  if (header === undefined || header === '') throw new AppError('IDEMPOTENCY_KEY_MISSING');
  const text = String(header).trim();
  const key = QUOTED.exec(text)?.[1] ?? text;
  if (!isUuid(key) || headerLines(request, 'idempotency-key') > 1) {
    const errors: FieldError[] = [
      { header: 'Idempotency-Key', code: 'UUID', detail: 'Send exactly one UUID, bare or in double quotes.' },
    ];
    throw new AppError('IDEMPOTENCY_KEY_INVALID', {}, { members: { errors } });
  }
  return key.toLowerCase();
}
