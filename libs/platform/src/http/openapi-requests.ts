import type { OpenAPIObject } from '@nestjs/swagger';

type Members = Readonly<Record<string, unknown>>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/**
 * Says of requests what the decorators cannot: a parameter or member with a default may be left out, a body without
 * required members may be missing, unknown members are refused. Changes `document`.
 */
export function describeRequests(document: OpenAPIObject): void {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Record<string, unknown>>;
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      for (const parameter of operation?.parameters ?? []) {
        if ('in' in parameter && parameter.in === 'query' && hasDefault(parameter.schema))
          parameter.required = false;
      }
      const body = operation?.requestBody;
      if (body === undefined || '$ref' in body) continue;
      const names = [...referencesIn(body)];
      for (const name of names) describeSchema(schemas, name, new Set());
      body.required = names.some((name) => isWanting(schemas[name]));
    }
  }
}

/** Every number of this API is whole: cents, counts, versions, seconds. A decorated `number` says only `number`. */
export function withWholeNumbers(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withWholeNumbers);
  if (typeof node !== 'object' || node === null) return node;
  const whole = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withWholeNumbers(value)]),
  );
  return whole['type'] === 'number' ? { ...whole, type: 'integer' } : whole;
}

function hasDefault(schema: unknown): boolean {
  return isMembers(schema) && 'default' in schema;
}

function isWanting(schema: Members | undefined): boolean {
  return Array.isArray(schema?.['required']) && schema['required'].length > 0;
}

function describeSchema(
  schemas: Record<string, Record<string, unknown>>,
  name: string,
  seen: Set<string>,
): void {
  const schema = schemas[name];
  if (schema === undefined || seen.has(name)) return;
  seen.add(name);
  if (schema['type'] === 'object') schema['additionalProperties'] ??= false;
  if (isMembers(schema['properties']) && Array.isArray(schema['required'])) {
    const { properties, required } = schema;
    schema['required'] = required.filter((member) => !hasDefault(properties[String(member)]));
  }
  for (const inner of referencesIn(schema)) describeSchema(schemas, inner, seen);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

function referencesIn(node: unknown): ReadonlySet<string> {
  const text = JSON.stringify(node);
  const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]);
  return new Set(names.filter((name) => name !== undefined));
}
