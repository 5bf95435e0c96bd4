import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type Clock } from '@app/kernel';
import type { Admission, Place } from './admission.js';
import type { Lifecycle } from './lifecycle.js';
import { problemAnswer } from './problem.js';
import { openRequestContext, requestPath } from './request-context.js';
import type { RouteTable } from './route-table.js';

const OVERLOADED = new AppError('OVERLOADED');
const PRIVATE_PATH = /^\/(?:api|internal)(?:\/|$|\?)/;

export interface EdgeParts {
  readonly routes: RouteTable;
  readonly lifecycle: Lifecycle;
  readonly admission: Admission;
  readonly clock: Clock;
}

/**
 * What happens to a request before its body is read: it gets its context and standing headers, is refused while
 * the process stops, and takes a place among the requests in flight. Must run before routes are registered.
 */
export function addEdgeHooks(
  fastify: FastifyInstance,
  { routes, lifecycle, admission, clock }: EdgeParts,
): void {
  const places = new WeakMap<FastifyRequest, Place>();

  fastify.addHook('onRoute', (options) => {
    routes.add(options);
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    const { requestId } = openRequestContext(request, clock.monotonicMs());
    reply.header('X-Request-Id', requestId);
    reply.header('X-Content-Type-Options', 'nosniff');
    if (PRIVATE_PATH.test(request.url)) reply.header('Cache-Control', 'no-store');
    done();
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    if (isAlwaysServed(request)) {
      done();
      return;
    }
    if (lifecycle.isDraining) {
      done(new AppError('SHUTTING_DOWN'));
      return;
    }
    const place = admission.enter({ reserved: request.routeOptions.config.endpoint?.reserved === true });
    if (place === undefined) {
      refuseAtOnce(request, reply);
      return;
    }
    places.set(request, place);
    // Emitted once, whether the answer is out or the client is gone.
    reply.raw.once('close', () => {
      place.connectionDone();
    });
    done();
  });

  fastify.addHook('preHandler', (request, _reply, done) => {
    places.get(request)?.workBegins();
    done();
  });

  fastify.addHook('onSend', (request, reply, payload, done) => {
    places.get(request)?.workEnds();
    closeAfterwards(reply, lifecycle);
    done(null, payload);
  });
}

/** Refusing has to be cheap, or the refused take the time of those who are served: no filter, no second log line. */
function refuseAtOnce(request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, body } = problemAnswer(OVERLOADED, {
    requestId: request.id,
    instance: requestPath(request),
  });
  void reply.status(status).headers(headers).send(body);
}

/** Health and metrics must answer exactly when everything else cannot; the documentation pages come with them. */
function isAlwaysServed(request: FastifyRequest): boolean {
  if (request.is404) return false;
  const policy = request.routeOptions.config.endpoint;
  return policy === undefined || policy.audience === 'open';
}

/** A connection kept open would outlive the process it leads to. */
function closeAfterwards(reply: FastifyReply, lifecycle: Lifecycle): void {
  if (lifecycle.isDraining) reply.header('Connection', 'close');
}
