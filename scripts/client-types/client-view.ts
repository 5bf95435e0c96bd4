import { z } from 'zod';

const parameter = z.looseObject({
  $ref: z.string().optional(),
  name: z.string().optional(),
  in: z.string().optional(),
});
const operation = z.object({
  summary: z.string().optional(),
  parameters: z.array(parameter).default([]),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.looseObject({ content: z.unknown().optional() })),
});
const openapi = z.object({
  openapi: z.string(),
  info: z.unknown(),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

type Operation = z.infer<typeof operation>;
type Schemas = Readonly<Record<string, unknown>>;

const CLIENT_PATH = /^\/(?:api|internal)\//;
const KEY_PARAMETER = '#/components/parameters/IdempotencyKey';

/**
 * The part of the document that a caller's types are made of: the routes under /api and /internal with what they take
 * and what they answer when all is well. Every refusal is a Problem, so no route has to repeat that.
 */
export function clientView(document: unknown): object {
  const { paths, components, ...rest } = openapi.parse(document);
  const routes = Object.entries(paths)
    .filter(([path]) => CLIENT_PATH.test(path))
    .map(([path, methods]) => [path, mapped(methods, operationView)] as const);
  const shown = Object.fromEntries(routes);
  return { ...rest, paths: shown, components: { schemas: reachable(components.schemas, shown) } };
}

/** `POST /api/v1/orders`: what is sent with a key of its own. */
export function keyedRoutes(document: unknown): readonly string[] {
  return Object.entries(openapi.parse(document).paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { parameters }]) => parameters.some(({ $ref }) => $ref === KEY_PARAMETER))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    )
    .sort();
}

function operationView({ summary, parameters, requestBody, responses }: Operation): object {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  return {
    ...(summary === undefined ? {} : { summary }),
    parameters: parameters.filter(({ in: place }) => place === 'path' || place === 'query'),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: Object.fromEntries(
      good.map(([status, { content }]) => [
        status,
        { description: '', ...(content === undefined ? {} : { content }) },
      ]),
    ),
  };
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** The schemas that the routes need, and the Problem. */
function reachable(schemas: Schemas, routes: unknown): Schemas {
  const found = new Set<string>();
  const waiting = ['Problem', ...referencesIn(routes)];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...referencesIn(schemas[name]));
  }
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)));
}

function referencesIn(node: unknown): readonly string[] {
  const text = JSON.stringify(node ?? null);
  return Array.from(text.matchAll(/"#\/components\/schemas\/([^"]+)"/g), ([, name]) => name ?? '');
}
