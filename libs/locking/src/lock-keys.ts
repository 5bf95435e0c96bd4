export interface LockResource {
  readonly protects: string;
}

/** Every resource that is ever locked: one key per resource, never per verb, or two verbs would not exclude each other. */
export const LOCK_RESOURCES = {
  'ticket-type': {
    protects: 'the stock of a ticket type while ticket-service is asked to take from it',
  },
} as const satisfies Record<string, LockResource>;

export type LockResourceName = keyof typeof LOCK_RESOURCES;

export type LockKey = `${LockResourceName}:${string}:${string}`;

export function lockKey(
  resource: LockResourceName,
  of: { readonly tenantId: string; readonly id: string },
): LockKey {
  return `${resource}:${of.tenantId}:${of.id}`;
}

/** Each key once, in the one order in which everybody takes them: two holders never wait for each other. */
export function inLockOrder(keys: readonly LockKey[]): readonly LockKey[] {
  return [...new Set(keys)].sort();
}
