import { errorFacts } from './error-facts.js';
import { scrub } from './scrub.js';

export const REDACTED = '[redacted]';
const DEPTH_MAX = 5;
const MEMBERS_MAX = 50;

/** Names of facts that are never logged, in lower case without separators: who somebody is and what opens doors. */
const SECRET_NAMES = new Set([
  'address',
  'apikey',
  'authorization',
  'billingaddress',
  'body',
  'buyer',
  'city',
  'clientsecret',
  'cookie',
  'email',
  'headers',
  'line1',
  'line2',
  'metadata',
  'password',
  'payload',
  'phone',
  'postalcode',
  'privatekey',
  'query',
  'rawbody',
  'secret',
  'setcookie',
  'shippingaddress',
  'token',
]);

type Facts = Readonly<Record<string, unknown>>;

/** The facts as they may be logged: secrets and personal data replaced by name, and by shape within texts. */
export function redact(facts: Facts): Record<string, unknown> {
  return redactMembers(facts, 0);
}

function redactMembers(facts: Facts, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(facts).slice(0, MEMBERS_MAX)) {
    result[name] =
      isSecretName(name) && value !== undefined && value !== null ? REDACTED : redactValue(value, depth);
  }
  return result;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorFacts(value);
  if (value instanceof Date) return value;
  if (depth >= DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value))
    return value.slice(0, MEMBERS_MAX).map((item: unknown) => redactValue(item, depth + 1));
  return redactMembers(value as Facts, depth + 1);
}

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_]/g, '');
  return (
    SECRET_NAMES.has(plain) || plain.endsWith('token') || plain.endsWith('secret') || plain.endsWith('email')
  );
}
