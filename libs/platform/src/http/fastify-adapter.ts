import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '@app/kernel';
import type { Config } from '../config/config-table.js';
import { answerClientError } from './client-error.js';
import { BODY_BYTES_MAX } from './framework-errors.js';
import { problemAnswer } from './problem.js';
import { assignRequestId, requestPath } from './request-context.js';

const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Longer than the usual 60 s of load balancers, so that we never close a connection they are about to use. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Far beyond any id: a guard, not the router, judges a parameter, so that strangers get 401 first. */
const PARAMETER_LENGTH_MAX = 1_024;

/** Fastify with every limit stated, answering in problem documents also where no route is involved. */
export function createFastifyAdapter(config: Pick<Config, 'TRUSTED_PROXIES'>): FastifyAdapter {
  const proxies = config.TRUSTED_PROXIES;
  const adapter = new FastifyAdapter({
    trustProxy: proxies.length === 0 ? false : [...proxies],
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    },
    routerOptions: { ignoreTrailingSlash: false, caseSensitive: true, maxParamLength: PARAMETER_LENGTH_MAX },
    requestIdHeader: false,
    genReqId: assignRequestId,
    // While stopping, requests are answered 503 by our own hook.
    return503OnClosing: false,
    logger: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerUnroutable,
  });
  keepBodiesRaw(adapter);
  return adapter;
}

/** Bodies are read after the guards (see ReadRequestInterceptor); here only their size and type are looked at. */
function keepBodiesRaw(adapter: FastifyAdapter): void {
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body, done) => {
      if (isPlainUtf8(request)) done(null, body);
      else done(new AppError('UNSUPPORTED_MEDIA_TYPE'));
    },
  );
}

function isPlainUtf8(request: FastifyRequest): boolean {
  const encoding = request.headers['content-encoding'];
  const charset = /;\s*charset="?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
  return (
    (encoding === undefined || encoding === 'identity') &&
    (charset === undefined || /^utf-?8$/i.test(charset))
  );
}

/** The router gives up before any hook runs: on an address that cannot be decoded, or is too long. */
function answerUnroutable(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const error = new AppError('VALIDATION_FAILED', { reason: 'its address cannot be read.' });
  const problem = problemAnswer(error, {
    requestId: request.id,
    instance: requestPath({ url: request.raw.url ?? '' }),
  });
  void reply
    .status(problem.status)
    .headers({ ...problem.headers, 'X-Request-Id': request.id, 'Cache-Control': 'no-store' })
    .send(problem.body);
}
