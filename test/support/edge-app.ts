import { Body, Controller, Get, Module, Post, Query, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { Type as ConvertTo } from 'class-transformer';
import {
  ConfigModule,
  createFastifyAdapter,
  CurrentCaller,
  Endpoint,
  HTTP_EDGE_OPTIONS,
  HttpEdgeModule,
  Idempotent,
  IfMatch,
  RATE_LIMITER,
  setUpHttpEdge,
  UuidParam,
  withETag,
  type Answer,
  type Caller,
  type Config,
  type IdempotencyRequest,
  type RateLimiter,
  type RateLimitVerdict,
  type VersionedBody,
} from '@app/platform';

export class ThingDto {
  @IsString()
  name!: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10)
  quantity?: number;
}

export class ThingsQueryDto {
  @IsOptional()
  @ConvertTo(() => Number)
  @IsInt()
  @Max(100)
  limit?: number;
}

/** A limit a test sets; it counts and remembers whom it counted. */
export class ScriptedLimiter implements RateLimiter {
  limit = 1_000;
  readonly taken: string[] = [];

  take(name: string, subject: string): Promise<RateLimitVerdict> {
    const key = `${name} ${subject}`;
    this.taken.push(key);
    const count = this.taken.filter((entry) => entry === key).length;
    const remaining = Math.max(0, this.limit - count);
    return Promise.resolve({ allowed: count <= this.limit, limit: this.limit, remaining, resetSeconds: 42 });
  }
}

/** What the slow route waits for. */
export class Gate {
  private open: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
  private arrived: () => void = () => undefined;
  readonly arrival = new Promise<void>((resolve) => {
    this.arrived = resolve;
  });
  isPassed = false;

  async pass(): Promise<void> {
    this.arrived();
    await this.opened;
    this.isPassed = true;
  }

  release(): void {
    this.open();
  }
}

@Controller('api/v1/things')
export class ThingsController {
  constructor(private readonly gate: Gate) {}

  @Post()
  @Endpoint({ audience: 'user', rateLimit: 'create', changes: true, errors: ['PRICE_CHANGED'] })
  create(
    @Body() body: ThingDto,
    @CurrentCaller() caller: Caller,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Answer {
    return {
      status: 201,
      body: JSON.stringify({ body, principal: caller.principal, idempotency }),
      headers: { Location: '/api/v1/things/1', ETag: '"v1"' },
      replayed: true,
    };
  }

  @Get()
  @Endpoint({ audience: 'user', rateLimit: 'read', changes: false })
  list(@Query() query: ThingsQueryDto): { readonly limit: number | undefined } {
    return { limit: query.limit };
  }

  @Get('broken')
  @Endpoint({ audience: 'user', rateLimit: 'read', changes: false })
  broken(): never {
    throw new Error('select secret from orders');
  }

  @Get('slow')
  @Endpoint({ audience: 'user', rateLimit: 'read', changes: false })
  async slow(): Promise<{ readonly done: true }> {
    await this.gate.pass();
    return { done: true };
  }

  @Get('admin')
  @Endpoint({ audience: 'user', role: 'admin', rateLimit: 'read', changes: false })
  admin(): { readonly admin: true } {
    return { admin: true };
  }

  @Get(':thingId')
  @Endpoint({ audience: 'user', rateLimit: 'read', changes: false })
  get(@UuidParam('thingId') thingId: string): VersionedBody {
    return withETag(3, { thingId });
  }

  @Post(':thingId/cancel')
  @Endpoint({ audience: 'user', rateLimit: 'cancel', changes: true, reserved: true })
  cancel(@UuidParam('thingId') thingId: string, @IfMatch() ifMatch: number | null): object {
    return { thingId, ifMatch };
  }
}

@Controller('internal/v1/things')
export class InternalThingsController {
  @Post()
  @Endpoint({ audience: 'service', scope: 'orders:confirm', changes: true })
  confirm(@CurrentCaller() caller: Caller): object {
    return { caller };
  }
}

@Controller('health')
export class AliveController {
  @Get('live')
  @Endpoint({ audience: 'open' })
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}

@Module({})
class EdgeTestModule {
  static of(config: Config, parts: EdgeParts): DynamicModule {
    const limiter = { provide: RATE_LIMITER, useValue: parts.limiter };
    return {
      module: EdgeTestModule,
      global: true,
      imports: [ConfigModule.of(config), HttpEdgeModule],
      controllers: [...parts.controllers],
      providers: [limiter, { provide: Gate, useValue: parts.gate }],
      exports: [limiter],
    };
  }
}

interface EdgeParts {
  readonly limiter: RateLimiter;
  readonly gate: Gate;
  readonly controllers: readonly Type[];
}

const CONTROLLERS = [ThingsController, InternalThingsController, AliveController] as const;

/** The real edge in front of three small controllers; not yet initialised, so that a test can add routes. */
export async function createEdgeApp(
  config: Config,
  parts: Partial<EdgeParts> = {},
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    EdgeTestModule.of(config, {
      limiter: parts.limiter ?? new ScriptedLimiter(),
      gate: parts.gate ?? new Gate(),
      controllers: parts.controllers ?? CONTROLLERS,
    }),
    createFastifyAdapter(config),
    { ...HTTP_EDGE_OPTIONS, logger: false },
  );
  setUpHttpEdge(app);
  return app;
}
