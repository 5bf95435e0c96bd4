import type { RouteOptions } from 'fastify';
import type { EndpointPolicy } from './endpoint.js';

export interface Route {
  readonly method: string;
  /** As it is registered: `/api/v1/orders/:orderId`. */
  readonly path: string;
  /** undefined for what the framework registers itself (documentation pages). */
  readonly policy: EndpointPolicy | undefined;
  /** `Controller.method`, where it has one. */
  readonly handler: string;
}

interface RegisteredRoute extends Route {
  readonly segments: readonly string[];
}

/** Every route the server really answers, as Fastify registered them: for 405, the authorisation matrix and the docs. */
export class RouteTable {
  private readonly registered: RegisteredRoute[] = [];
  /** Those without parameters, which come first whatever else fits. */
  private readonly exact = new Map<string, Route>();

  /** Fastify's `onRoute` hook. */
  add(options: Pick<RouteOptions, 'method' | 'url' | 'handler' | 'config'>): void {
    for (const method of [options.method].flat()) {
      const route = {
        method: method.toUpperCase(),
        path: options.url,
        segments: options.url.split('/'),
        policy: options.config?.endpoint,
        handler: options.handler.name,
      };
      this.registered.push(route);
      if (!/[:*]/.test(route.path)) this.exact.set(`${route.method} ${route.path}`, route);
    }
  }

  /** The route that answers a request at a plain path, as the router chooses it; undefined when none does. */
  find(method: string, path: string): Route | undefined {
    const exact = this.exact.get(`${method} ${path}`);
    if (exact !== undefined) return exact;
    const segments = path.split('/');
    const isFound = (route: RegisteredRoute): boolean =>
      route.method === method && matches(route.segments, segments);
    const found = this.registered.filter(isFound);
    return found.find((route) => !route.path.endsWith('*')) ?? found[0];
  }

  /** Without the HEAD that every GET answers too. */
  routes(): readonly Route[] {
    return this.registered.filter((route) => route.method !== 'HEAD');
  }

  /** The methods that something answers at this path, sorted; empty when the path is unknown. */
  methodsAt(path: string): readonly string[] {
    const segments = path.split('/');
    const methods = this.registered
      .filter((route) => matches(route.segments, segments))
      .map((route) => route.method);
    return [...new Set(methods)].sort();
  }
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  const isOpenEnded = pattern.at(-1) === '*';
  if (isOpenEnded ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, index) => {
    if (part === '*') return true;
    const segment = segments[index] ?? '';
    return part.startsWith(':') ? segment !== '' : part === segment;
  });
}
