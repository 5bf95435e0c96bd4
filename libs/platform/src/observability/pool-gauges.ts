import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ConnectionPools, type PoolFigures } from '../database/connection-pools.js';
import { Metrics, type GaugeReading } from './metrics.js';

/** How busy this process's connections are; unlike what is read from the database, every replica has its own. */
@Injectable()
export class PoolGauges implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    @Inject(ConnectionPools) private readonly pools: Pick<ConnectionPools, 'figures'>,
  ) {}

  onModuleInit(): void {
    this.metrics.collect('database_connections', () => Promise.resolve(this.each(connectionsOf)));
    this.metrics.collect('database_connections_waiting', () =>
      Promise.resolve(this.each((pool, { waiting }) => [{ labels: { pool }, value: waiting }])),
    );
  }

  private each<Reading>(readingsOf: (pool: string, figures: PoolFigures) => readonly Reading[]): Reading[] {
    return Object.entries(this.pools.figures()).flatMap(([pool, figures]: [string, PoolFigures]) =>
      readingsOf(pool, figures),
    );
  }
}

function connectionsOf(
  pool: string,
  { max, total, idle }: PoolFigures,
): readonly GaugeReading<'database_connections'>[] {
  return [
    { labels: { pool, state: 'used' }, value: total - idle },
    { labels: { pool, state: 'idle' }, value: idle },
    { labels: { pool, state: 'max' }, value: max },
  ];
}
