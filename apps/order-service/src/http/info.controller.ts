import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { AppError, CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import { CONFIG, Endpoint, Metrics, SERVICE_NAME, SERVICE_VERSION, type Config } from '@app/platform';
import type { FastifyReply } from 'fastify';
import { InfoDto, type Info } from './info.dto.js';

/** Which build answers here, and since when. */
@ApiTags('Health')
@Controller('info')
export class InfoController {
  private readonly startedAt: Date;
  private readonly startedAtMs: number;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
    this.startedAtMs = clock.monotonicMs();
  }

  @Get()
  @Endpoint({ audience: 'open' })
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ type: InfoDto })
  info(): Info {
    return {
      name: SERVICE_NAME,
      version: SERVICE_VERSION,
      commit: this.config.COMMIT_SHA,
      nodeVersion: process.version,
      uptimeSeconds: Math.floor((this.clock.monotonicMs() - this.startedAtMs) / SECOND_MS),
      startedAt: this.startedAt.toISOString(),
    };
  }
}

/** Registered by MetricsModule. */
@ApiTags('Health')
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: Metrics,
  ) {}

  /** All metrics in Prometheus' text format. */
  @Get()
  @Endpoint({ audience: 'open', errors: ['ROUTE_NOT_FOUND'] })
  @Header('Cache-Control', 'no-store')
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' }, description: 'The metrics.' })
  async expose(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (!this.config.METRICS_ENABLED) throw new AppError('ROUTE_NOT_FOUND');
    const text = await this.metrics.expose();
    reply.header('Content-Type', this.metrics.contentType);
    return text;
  }
}
