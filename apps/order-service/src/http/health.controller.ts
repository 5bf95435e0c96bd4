import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import {
  Health,
  type DatabaseReport,
  type HealthReport,
  type ReadinessReport,
  type StartupReport,
} from '@app/health';
import { Endpoint } from '@app/platform';
import type { FastifyReply } from 'fastify';
import { DatabaseHealthDto, HealthDto, LivenessDto, ReadinessDto, StartupDto } from './health.dto.js';

/** What Kubernetes, load balancers and people ask: is it alive, has it started, can it serve, what is missing? */
@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  /** Every dependency; 503 only without PostgreSQL, because without the others the service still serves. */
  @Get()
  @Endpoint({ audience: 'open' })
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ type: HealthDto, description: 'Healthy, or degraded: an optional dependency is down.' })
  @ApiServiceUnavailableResponse({ type: HealthDto, description: 'Unhealthy: PostgreSQL is down.' })
  async all(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.health.report();
    return answer(reply, report, report.status !== 'unhealthy');
  }

  /** The process alone: what is broken elsewhere is not cured by a restart. */
  @Get('live')
  @Endpoint({ audience: 'open' })
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ type: LivenessDto, description: 'The process runs.' })
  live(): { readonly status: 'alive' } {
    return { status: 'alive' };
  }

  /** Migrations are applied and the first connections made. */
  @Get('startup')
  @Endpoint({ audience: 'open' })
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ type: StartupDto, description: 'The start is over.' })
  @ApiServiceUnavailableResponse({ type: StartupDto, description: 'Still starting.' })
  async startup(@Res({ passthrough: true }) reply: FastifyReply): Promise<StartupReport> {
    const report = await this.health.startup();
    return answer(reply, report, report.status === 'started');
  }

  /** Whether requests should come here: PostgreSQL answers and the process is not ending. */
  @Get('ready')
  @Endpoint({ audience: 'open' })
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ type: ReadinessDto, description: 'Ready to serve.' })
  @ApiServiceUnavailableResponse({ type: ReadinessDto, description: 'Send requests elsewhere.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.health.readiness();
    return answer(reply, report, report.status === 'ready');
  }

  /** PostgreSQL alone, with its latency and the connection pools of this process. */
  @Get('db')
  @Endpoint({ audience: 'open' })
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ type: DatabaseHealthDto, description: 'PostgreSQL answers.' })
  @ApiServiceUnavailableResponse({ type: DatabaseHealthDto, description: 'PostgreSQL does not answer.' })
  async database(@Res({ passthrough: true }) reply: FastifyReply): Promise<DatabaseReport> {
    const report = await this.health.databaseReport();
    return answer(reply, report, report.status === 'ok');
  }
}

function answer<Report>(reply: FastifyReply, report: Report, isWell: boolean): Report {
  reply.status(isWell ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
  return report;
}
