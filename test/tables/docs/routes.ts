import { RequestMethod, type DynamicModule, type Type } from '@nestjs/common';
import { endpointOf, rateLimitOf, type EndpointPolicy } from '@app/platform';
import { AppModule } from '../../../apps/order-service/src/app.module.js';
import { upstreamConfig } from '../../support/fake-sibling.js';
import { code, page, table } from './markdown.js';

interface RouteRow {
  readonly method: string;
  readonly path: string;
  readonly policy: EndpointPolicy;
}

export function routesPage(): string {
  return page(
    'Routes',
    'What the server answers and who may ask. `GET /openapi.json` describes the bodies.',
    table(
      ['route', 'who', 'counts as', 'key', 'refusals of its own'],
      routes().map(({ method, path, policy }) => [
        code(`${method} ${path}`),
        who(policy),
        rateLimitOf(policy) ?? '',
        policy.audience !== 'open' && policy.changes ? 'yes' : '',
        (policy.errors ?? []).map(code).join(', '),
      ]),
    ),
  );
}

function who(policy: EndpointPolicy): string {
  switch (policy.audience) {
    case 'open':
      return 'everybody';
    case 'user':
      return policy.role === 'admin' ? 'admins' : 'users';
    case 'service':
      return `services with ${code(policy.scope)}`;
  }
}

/** Every route of every module of the application, by path. */
function routes(): readonly RouteRow[] {
  const found = controllersOf(AppModule.of(upstreamConfig('http://127.0.0.1:9')), new Set());
  return found
    .flatMap(routesOf)
    .sort((a, b) => (a.path === b.path ? order(a.method, b.method) : order(a.path, b.path)));
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function routesOf(controller: Type): readonly RouteRow[] {
  const prototype = controller.prototype as Readonly<Record<string, unknown>>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    if (typeof handler !== 'function' || !Reflect.hasMetadata('method', handler)) return [];
    const policy = endpointOf(handler);
    if (policy === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata('method', handler) as RequestMethod];
    return pathsOf(controller).flatMap((base) =>
      pathsOf(handler).map((path) => ({ method, path: joined(base, path), policy })),
    );
  });
}

function pathsOf(target: object): readonly string[] {
  return [Reflect.getMetadata('path', target) as string | string[]].flat();
}

function joined(...parts: readonly string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
}

type ModuleLike = Type | DynamicModule;

function controllersOf(module: ModuleLike, visited: Set<unknown>): readonly Type[] {
  if (visited.has(module)) return [];
  visited.add(module);
  const [controllers, imports] =
    'module' in module
      ? [module.controllers ?? [], [module.module, ...(module.imports ?? [])]]
      : [declared(module, 'controllers') as readonly Type[], declared(module, 'imports')];
  return [...controllers, ...imports.filter(isModule).flatMap((inner) => controllersOf(inner, visited))];
}

function declared(module: Type, name: 'controllers' | 'imports'): readonly unknown[] {
  return (Reflect.getMetadata(name, module) as readonly unknown[] | undefined) ?? [];
}

function isModule(candidate: unknown): candidate is ModuleLike {
  return (
    typeof candidate === 'function' ||
    (typeof candidate === 'object' && candidate !== null && 'module' in candidate)
  );
}
