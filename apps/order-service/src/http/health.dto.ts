import { ApiProperty } from '@nestjs/swagger';
import type {
  CheckReading,
  DatabaseReport,
  HealthCheckName,
  HealthReport,
  ReadinessReport,
  SchemaChecks,
  StartupReport,
} from '@app/health';
import type { PoolFigures, PoolsFigures } from '@app/platform';

const SERVER_READINGS = ['ok', 'down', 'disabled'] as const;
const SIBLING_READINGS = ['reachable', 'unreachable'] as const;

export class LivenessDto {
  @ApiProperty({ enum: ['alive'] })
  readonly status!: 'alive';
}

export class HealthChecksDto implements Record<HealthCheckName, CheckReading> {
  @ApiProperty({ enum: ['ok', 'down'] })
  readonly database!: CheckReading;

  @ApiProperty({ enum: SERVER_READINGS, description: 'disabled when REDIS_URL is not set.' })
  readonly redis!: CheckReading;

  @ApiProperty({ enum: SERVER_READINGS, description: 'disabled when RABBITMQ_URL is not set.' })
  readonly rabbitmq!: CheckReading;

  @ApiProperty({ enum: SIBLING_READINGS })
  readonly 'payment-service'!: CheckReading;

  @ApiProperty({ enum: SIBLING_READINGS })
  readonly 'ticket-service'!: CheckReading;

  @ApiProperty({ enum: SIBLING_READINGS })
  readonly 'event-service'!: CheckReading;
}

export class HealthDto implements Omit<HealthReport, 'details'> {
  @ApiProperty({ enum: ['healthy', 'degraded', 'unhealthy'] })
  readonly status!: HealthReport['status'];

  @ApiProperty({ example: 'order-service' })
  readonly service!: string;

  @ApiProperty({ example: '1.0.0' })
  readonly version!: string;

  @ApiProperty({ format: 'date-time' })
  readonly timestamp!: string;

  @ApiProperty({ type: HealthChecksDto })
  readonly checks!: HealthChecksDto;

  @ApiProperty({
    description: 'How long each dependency took to answer.',
    type: 'object',
    additionalProperties: {
      type: 'object',
      required: ['latencyMs'],
      properties: { latencyMs: { type: 'integer' } },
    },
  })
  readonly details!: Readonly<Record<string, { readonly latencyMs: number }>>;
}

export class SchemaChecksDto implements SchemaChecks {
  @ApiProperty({ enum: ['ok', 'down'] })
  readonly database!: CheckReading;

  @ApiProperty({ enum: ['applied', 'pending'] })
  readonly migrations!: SchemaChecks['migrations'];
}

export class ReadinessDto implements ReadinessReport {
  @ApiProperty({ enum: ['ready', 'not_ready'] })
  readonly status!: ReadinessReport['status'];

  @ApiProperty({ type: SchemaChecksDto })
  readonly checks!: SchemaChecksDto;

  @ApiProperty({ type: Boolean, description: 'True once the process has been told to end.' })
  readonly draining!: boolean;
}

export class StartupDto implements StartupReport {
  @ApiProperty({ enum: ['started', 'starting'] })
  readonly status!: StartupReport['status'];

  @ApiProperty({ type: SchemaChecksDto })
  readonly checks!: SchemaChecksDto;
}

export class PoolFiguresDto implements PoolFigures {
  @ApiProperty({ type: 'integer' })
  readonly max!: number;

  @ApiProperty({ type: 'integer', description: 'Connections open.' })
  readonly total!: number;

  @ApiProperty({ type: 'integer', description: 'Connections nobody uses at the moment.' })
  readonly idle!: number;

  @ApiProperty({ type: 'integer', description: 'Callers that wait for a connection.' })
  readonly waiting!: number;
}

export class PoolsDto implements PoolsFigures {
  @ApiProperty({ type: PoolFiguresDto })
  readonly request!: PoolFiguresDto;

  @ApiProperty({ type: PoolFiguresDto })
  readonly worker!: PoolFiguresDto;
}

export class DatabaseHealthDto implements DatabaseReport {
  @ApiProperty({ enum: ['ok', 'down'] })
  readonly status!: CheckReading;

  @ApiProperty({ type: 'integer' })
  readonly latencyMs!: number;

  @ApiProperty({ type: PoolsDto })
  readonly pools!: PoolsDto;
}
