import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { endpointOf } from './endpoint.js';
import { RouteTable, type Route } from './route-table.js';

/** What the framework registers without a controller, for the documentation pages. */
const DOCUMENTATION_PATH = /^\/(?:docs(?:\/.*)?|openapi\.json)$/;

/** Default deny: keeps the service from starting while a route does not say who may call it. */
@Injectable()
export class EndpointCoverage implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly routes: RouteTable,
  ) {}

  /** @throws Error naming every handler and every route without `@Endpoint` */
  onApplicationBootstrap(): void {
    const undeclared = new Set([...this.handlersWithoutEndpoint(), ...this.routesWithoutEndpoint()]);
    if (undeclared.size === 0) return;
    throw new Error(
      `The service does not start, because these routes do not declare who may call them with @Endpoint: ${[...undeclared].sort().join(', ')}.`,
    );
  }

  private handlersWithoutEndpoint(): string[] {
    return this.discovery.getControllers().flatMap(({ instance, metatype, name }) => {
      const prototype: unknown = metatype?.prototype ?? Object.getPrototypeOf(instance);
      if (typeof prototype !== 'object' || prototype === null) return [];
      return this.scanner
        .getAllMethodNames(prototype)
        .map((method) => ({ method, handler: Reflect.get(prototype, method) as unknown }))
        .filter(({ handler }) => isRouteHandler(handler) && endpointOf(handler) === undefined)
        .map(({ method }) => `${name}.${method}`);
    });
  }

  private routesWithoutEndpoint(): string[] {
    return this.routes
      .routes()
      .filter((route) => route.policy === undefined && !DOCUMENTATION_PATH.test(route.path))
      .map(nameOf);
  }
}

/** A controller's route is named by its handler already; HEAD and the like are not named twice. */
function nameOf(route: Route): string {
  return route.handler.includes('.') ? route.handler : `${route.method} ${route.path}`;
}

function isRouteHandler(handler: unknown): handler is (...args: unknown[]) => unknown {
  return (
    typeof handler === 'function' &&
    Reflect.hasMetadata(PATH_METADATA, handler) &&
    Reflect.hasMetadata(METHOD_METADATA, handler)
  );
}
