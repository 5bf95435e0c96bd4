import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { PinoLogger } from 'nestjs-pino';
import { CONFIG, type Config } from '../config/config-table.js';
import { inChildSpan } from '../tracing/spans.js';
import { withinDeadline } from './within-deadline.js';

/** How long after a failure nobody waits for Redis; then it is tried again in the background, never by a request. */
const RETRY_FIRST_MS = 1_000;
const RETRY_GROWTH = 1.5;
// Short, because processes that find Redis again at different times hold their locks in different places meanwhile.
const RETRY_MAX_MS = 3_000;
const CONNECT_TIMEOUT_MS = 500;
const DISCONNECT_TIMEOUT_MS = 100;

export type RedisState = 'ok' | 'down' | 'disabled';

export type RedisResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

const NOT_DONE = { ok: false } as const;

/**
 * The one connection to Redis and the one breaker in front of it. Redis makes things faster and shared by replicas;
 * nothing is wrong without it, so every use has a fallback and hears `ok: false` instead of an error.
 */
@Injectable()
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  /** Ready to be used; null while the breaker is open. */
  private client: Redis | null = null;
  private retryTimer: NodeJS.Timeout | undefined;
  private retries = 0;
  private isClosed = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly logger: PinoLogger,
  ) {}

  /** Waits for the first connection, so that a fresh process does not hold locks elsewhere than its elders. */
  async onModuleInit(): Promise<void> {
    if (this.state() !== 'disabled') await this.connect();
  }

  /** After everything that uses Redis has ended. */
  onApplicationShutdown(): void {
    this.isClosed = true;
    clearTimeout(this.retryTimer);
    this.client?.disconnect();
    this.client = null;
  }

  state(): RedisState {
    if (this.config.REDIS_URL === '') return 'disabled';
    return this.client === null ? 'down' : 'ok';
  }

  /**
   * Lets `use` talk to Redis for at most REDIS_TIMEOUT_MS. Any failure opens the breaker: until Redis has answered in
   * the background again, every use hears `ok: false` at once, so a dead Redis costs a request one time-out at most.
   * What `use` began may still happen: a command that was given up can have reached Redis.
   */
  async run<T>(operation: string, use: (client: Redis) => Promise<T>): Promise<RedisResult<T>> {
    const { client } = this;
    if (client === null) return NOT_DONE;
    const attributes = { 'db.system.name': 'redis', 'db.operation.name': operation };
    try {
      const value = await inChildSpan({ name: `redis ${operation}`, kind: 'client', attributes }, () =>
        withinDeadline(use(client), this.config.REDIS_TIMEOUT_MS),
      );
      return { ok: true, value };
    } catch (error) {
      this.trip(client, operation, error);
      return NOT_DONE;
    }
  }

  /** Asks Redis itself, where `state` only tells what was learned last. */
  async check(): Promise<RedisState> {
    if (this.state() === 'ok') await this.run('ping', (client) => client.ping());
    return this.state();
  }

  private trip(client: Redis, operation: string, error: unknown): void {
    // Late failures of a connection that was given up already say nothing about the present one.
    if (this.client !== client) return;
    this.client = null;
    client.disconnect();
    this.logger.warn({ operation, reason: reasonOf(error) }, 'redis is away, the fallbacks serve');
    this.retries = 0;
    this.retryLater();
  }

  private retryLater(): void {
    if (this.isClosed) return;
    const delayMs = Math.min(RETRY_FIRST_MS * RETRY_GROWTH ** this.retries, RETRY_MAX_MS);
    this.retries += 1;
    this.retryTimer = setTimeout(() => void this.connect(), delayMs);
    this.retryTimer.unref();
  }

  /** A new client each time: one that was given up may be stuck in a hung connection and would resend old commands. */
  private async connect(): Promise<void> {
    const client = new Redis(this.config.REDIS_URL, {
      keyPrefix: this.config.REDIS_KEY_PREFIX,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 1,
      retryStrategy: null,
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      // Only clears up what was given up: the time that counts is kept by run().
      commandTimeout: 2 * this.config.REDIS_TIMEOUT_MS,
      disableClientInfo: true,
    });
    // Failures reach us through connect() and the commands; without a listener the process would end.
    client.on('error', () => undefined);
    client.once('end', () => {
      this.trip(client, 'connection', new Error('The connection was closed.'));
    });
    try {
      await withinDeadline(client.connect(), CONNECT_TIMEOUT_MS);
      await withinDeadline(client.ping(), this.config.REDIS_TIMEOUT_MS);
      this.adopt(client);
    } catch (error) {
      client.disconnect();
      if (this.retries === 0)
        this.logger.warn(
          { operation: 'connect', reason: reasonOf(error) },
          'redis is away, the fallbacks serve',
        );
      this.retryLater();
    }
  }

  private adopt(client: Redis): void {
    if (this.isClosed) {
      client.disconnect();
      return;
    }
    if (client.status !== 'ready') throw new Error('The connection was closed.');
    if (this.retries > 0) this.logger.info({}, 'redis is back');
    this.retries = 0;
    this.client = client;
  }
}

/** Names, never texts: an error of Redis may quote the command with its arguments. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
