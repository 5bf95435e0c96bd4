/**
 * OpenAPI 3.1 is JSON Schema, where a value that may be null says so in its type; the decorators still speak the 3.0
 * dialect (`nullable: true`), which a validator ignores. Rewrites it everywhere in a document.
 */
export function withNullTypes(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNullTypes);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withNullTypes(value)]),
  );
  if (nullable !== true) return nullable === undefined ? rest : { ...rest, nullable };
  const { type, enum: members, description, ...others } = rest;
  if (typeof type === 'string' && !('allOf' in others)) {
    return {
      ...rest,
      type: [type, 'null'],
      ...(Array.isArray(members) ? { enum: [...(members as unknown[]), null] } : {}),
    };
  }
  return { ...(description === undefined ? {} : { description }), anyOf: [others, { type: 'null' }] };
}
