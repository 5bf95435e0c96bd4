import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config/config-table.js';
import { Database } from './database.js';

export interface PoolFigures {
  readonly max: number;
  readonly total: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

export interface PoolsFigures {
  readonly request: PoolFigures;
  readonly worker: PoolFigures;
}

/** How busy the connections of this process are. */
@Injectable()
export class ConnectionPools {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource('request') private readonly requestPool: DataSource,
    @InjectDataSource('worker') private readonly workerPool: DataSource,
    private readonly database: Database,
  ) {}

  figures(): PoolsFigures {
    const request = countsOf(this.requestPool);
    const waiting = request.waiting + this.database.waitingCount;
    return {
      request: { max: this.config.DB_POOL_MAX, ...request, waiting },
      worker: { max: this.config.DB_WORKER_POOL_MAX, ...countsOf(this.workerPool) },
    };
  }
}

function countsOf(dataSource: DataSource): Omit<PoolFigures, 'max'> {
  const pool = memberOf(dataSource.driver, 'master');
  return {
    total: numberOf(pool, 'totalCount'),
    idle: numberOf(pool, 'idleCount'),
    waiting: numberOf(pool, 'waitingCount'),
  };
}

/** TypeORM does not type the pool it keeps. */
function memberOf(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? (Reflect.get(owner, name) as unknown) : undefined;
}

function numberOf(owner: unknown, name: string): number {
  const value = memberOf(owner, name);
  return typeof value === 'number' ? value : 0;
}
