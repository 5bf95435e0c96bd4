import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type Clock } from '@app/kernel';
import type { Admission, Place } from './admission.js';
import { isAlwaysServed } from './endpoint.js';
import type { Door } from './door.js';
import type { Lifecycle } from './lifecycle.js';
import { isNewest, noteNewest } from './newest-request.js';
import { problemAnswer } from './problem.js';
import { openRequestContext, requestPath } from './request-context.js';
import type { RouteTable } from './route-table.js';
import { STANDING_HEADERS } from './standing-headers.js';

const OVERLOADED = new AppError('OVERLOADED');
const PRIVATE_PATH = /^\/(?:api|internal)(?:\/|$|\?)/;

export interface EdgeParts {
  readonly routes: RouteTable;
  readonly lifecycle: Lifecycle;
  readonly admission: Admission;
  readonly door: Door;
  readonly clock: Clock;
}

/**
 * What happens to a request before its body is read: it gets its context and standing headers, is refused while
 * the process stops, and takes a place among the requests in flight. Must run before routes are registered.
 */
export function addEdgeHooks(
  fastify: FastifyInstance,
  { routes, lifecycle, admission, door, clock }: EdgeParts,
): void {
  const places = new WeakMap<FastifyRequest, Place>();

  fastify.addHook('onRoute', (options) => {
    routes.add(options);
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    const { requestId } = openRequestContext(request, clock.monotonicMs());
    noteNewest(request.raw);
    reply.header('X-Request-Id', requestId);
    reply.headers(STANDING_HEADERS);
    if (PRIVATE_PATH.test(request.url)) reply.header('Cache-Control', 'no-store');
    done();
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404 && isAlwaysServed(request.routeOptions.config.endpoint)) {
      done();
      return;
    }
    if (lifecycle.isDraining) {
      done(new AppError('SHUTTING_DOWN'));
      return;
    }
    const place = admission.enter({
      reserved: request.routeOptions.config.endpoint?.reserved === true,
      requestId: request.id,
      giveUp: () => {
        answerAtOnce(new AppError('SHUTTING_DOWN'), request, reply);
      },
    });
    if (place === undefined) {
      answerAtOnce(OVERLOADED, request, reply);
      door.note(request.method, request.routeOptions.url);
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
    if (lifecycle.isDraining && isNewest(request.raw)) {
      // A connection kept open would outlive the process it leads to.
      reply.header('Connection', 'close');
    }
    done(null, payload);
  });
}

/**
 * Answers past filter and log: refusing has to be cheap, or the refused take the time of those who are served. Also for
 * a request whose handler is still at work: with its key it may be sent again at once.
 */
function answerAtOnce(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return;
  const { status, headers, body } = problemAnswer(error, {
    requestId: request.id,
    instance: requestPath(request),
  });
  void reply.status(status).headers(headers).send(body);
}
