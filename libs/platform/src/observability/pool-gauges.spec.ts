import { Registry } from 'prom-client';
import type { ConnectionPools, PoolsFigures } from '../database/connection-pools.js';
import { Metrics } from './metrics.js';
import { PoolGauges } from './pool-gauges.js';

it('tells how many connections of each pool are used, idle and allowed, and who waits for one', async () => {
  const metrics = new Metrics(new Registry());
  const figures: PoolsFigures = {
    request: { max: 12, total: 12, idle: 1, waiting: 4 },
    worker: { max: 6, total: 2, idle: 2, waiting: 0 },
  };
  const pools: Pick<ConnectionPools, 'figures'> = { figures: () => figures };

  new PoolGauges(metrics, pools).onModuleInit();
  const lines = (await metrics.expose())
    .split('\n')
    .filter((line) => line.startsWith('database_connections'));

  expect(lines).toEqual([
    'database_connections{pool="request",state="used"} 11',
    'database_connections{pool="request",state="idle"} 1',
    'database_connections{pool="request",state="max"} 12',
    'database_connections{pool="worker",state="used"} 0',
    'database_connections{pool="worker",state="idle"} 2',
    'database_connections{pool="worker",state="max"} 6',
    'database_connections_waiting{pool="request"} 4',
    'database_connections_waiting{pool="worker"} 0',
  ]);
});
