import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import { PinoLogger } from 'nestjs-pino';
import { isTracing, openSpan, type OpenSpan } from '../tracing/spans.js';
import { requestFacts, requestSpan, type ServedRequest } from './request-facts.js';
import { Metrics } from './metrics.js';

/**
 * Metrics, the one log line and the span of every HTTP request that came in, also of those refused before any handler;
 * who is turned away at the door is counted there.
 */
@Injectable()
export class HttpTelemetry implements OnModuleInit {
  private isWatching = false;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly metrics: Metrics,
    private readonly logger: PinoLogger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    // As early as can be: a hook sees nothing of requests that one before it has refused.
    this.watchServer();
  }

  /** For applications whose server is made after their providers. */
  onModuleInit(): void {
    this.watchServer();
  }

  private watchServer(): void {
    if (this.isWatching || !isFastify(this.adapterHost)) return;
    this.isWatching = true;
    const server = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const spans = new WeakMap<FastifyRequest, OpenSpan>();
    server.addHook('onRequest', (request, reply, done) => {
      const span = this.watch(request, reply);
      if (span === undefined) {
        done();
        return;
      }
      spans.set(request, span);
      span.run(done);
    });
    if (!isTracing()) return;
    // The body arrives outside of what the first hook began (https://github.com/nodejs/node/issues/34430).
    server.addHook('preValidation', (request, _reply, done) => {
      const span = spans.get(request);
      if (span === undefined) done();
      else span.run(done);
    });
  }

  private watch(request: FastifyRequest, reply: FastifyReply): OpenSpan | undefined {
    const startedMs = this.clock.monotonicMs();
    const span = openServerSpan(request);
    this.metrics.add('http_requests_in_flight', 1);
    // 'close' comes for every request, also when the client has gone before the answer, as Fastify's own hook does not.
    reply.raw.once('close', () => {
      this.metrics.add('http_requests_in_flight', -1);
      const served = {
        request,
        status: reply.raw.statusCode,
        isAnswered: reply.raw.writableFinished,
        durationMs: this.clock.monotonicMs() - startedMs,
      };
      if (span === undefined) this.report(served);
      else endServerSpan(span, served, () => this.report(served));
    });
    return span;
  }

  private report(served: ServedRequest): void {
    const { level, facts } = requestFacts(served);
    const { method, route, status } = facts;
    this.metrics.observe('http_request_duration_seconds', served.durationMs / SECOND_MS, {
      method,
      route,
      status: String(status),
    });
    this.logger[level](facts, 'request');
  }
}

function openServerSpan(request: FastifyRequest): OpenSpan | undefined {
  if (!isTracing()) return undefined;
  const facts = requestSpan(request);
  return facts === undefined ? undefined : openSpan(facts);
}

function endServerSpan(span: OpenSpan, served: ServedRequest, report: () => void): void {
  span.run(report);
  const { status, requestId, tenantId } = requestFacts(served).facts;
  span.end(
    {
      'http.response.status_code': status,
      'app.request_id': requestId,
      ...(tenantId === undefined ? {} : { 'app.tenant_id': tenantId }),
    },
    status >= 500 ? String(status) : undefined,
  );
}

function isFastify(host: HttpAdapterHost | undefined): boolean {
  // A standalone application has a host without an adapter.
  const adapter: { getType(): string } | undefined = host?.httpAdapter;
  return adapter?.getType() === 'fastify';
}
