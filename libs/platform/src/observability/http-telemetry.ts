import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import { PinoLogger } from 'nestjs-pino';
import { requestFacts, type ServedRequest } from './request-facts.js';
import { Metrics } from './metrics.js';

/** Metrics and the one log line of every HTTP request, also of those refused before any handler. */
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
    server.addHook('onRequest', (request, reply, done) => {
      this.watch(request, reply);
      done();
    });
  }

  private watch(request: FastifyRequest, reply: FastifyReply): void {
    const startedMs = this.clock.monotonicMs();
    this.metrics.add('http_requests_in_flight', 1);
    // 'close' comes for every request, also when the client has gone before the answer, as Fastify's own hook does not.
    reply.raw.once('close', () => {
      this.metrics.add('http_requests_in_flight', -1);
      this.report({
        request,
        status: reply.raw.statusCode,
        isAnswered: reply.raw.writableFinished,
        durationMs: this.clock.monotonicMs() - startedMs,
      });
    });
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

function isFastify(host: HttpAdapterHost | undefined): boolean {
  // A standalone application has a host without an adapter.
  const adapter: { getType(): string } | undefined = host?.httpAdapter;
  return adapter?.getType() === 'fastify';
}
