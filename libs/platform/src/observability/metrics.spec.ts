import { Registry } from 'prom-client';
import { METRIC_NAMES } from './metrics-table.js';
import { Metrics } from './metrics.js';

function newMetrics(): Metrics {
  return new Metrics(new Registry());
}

describe('metrics', () => {
  it('exposes every metric of the table before anything happened', async () => {
    const text = await newMetrics().expose();

    for (const name of METRIC_NAMES) expect(text).toContain(`# TYPE ${name} `);
  });

  it('counts by label', async () => {
    const metrics = newMetrics();
    metrics.increment('orders_created_total', { currency: 'USD' });
    metrics.increment('orders_created_total', { currency: 'USD' });
    metrics.increment('orders_created_total', { currency: 'JPY' });
    metrics.increment('orders_expired_total');

    const text = await metrics.expose();

    expect(text).toContain('orders_created_total{currency="USD"} 2');
    expect(text).toContain('orders_created_total{currency="JPY"} 1');
    expect(text).toContain('orders_expired_total 1');
  });

  it('never lets an id become a label', async () => {
    const metrics = newMetrics();
    metrics.increment('orders_cancelled_total', { cause: '0198c7a2-1111-7abc-8def-0123456789ab' });

    expect(await metrics.expose()).toContain('orders_cancelled_total{cause="other"} 1');
  });

  it('stops adding series when a label takes ever new values', async () => {
    const metrics = newMetrics();
    for (let n = 0; n < 1_500; n += 1)
      metrics.increment('job_runs_total', { job: `job${n}`, result: 'done' });

    const lines = (await metrics.expose()).split('\n').filter((line) => line.startsWith('job_runs_total{'));
    expect(lines).toHaveLength(1_000);
  });

  it('stops adding series to gauges and histograms too, and keeps those it has', async () => {
    const metrics = newMetrics();
    const names = Array.from({ length: 1_000 }, (_unused, n) => `name${n}`);
    for (const name of names) {
      metrics.set('circuit_breaker_state', 2, { upstream: name });
      metrics.add('effects_parked', 1, { kind: name });
      metrics.observe('lock_wait_seconds', 0.5, { backend: name });
    }
    metrics.set('circuit_breaker_state', 2, { upstream: 'late' });
    metrics.add('effects_parked', 1, { kind: 'late' });
    metrics.observe('lock_wait_seconds', 0.5, { backend: 'late' });
    metrics.add('effects_parked', 1, { kind: 'name999' });

    const text = await metrics.expose();

    expect(text).not.toContain('"late"');
    expect(text).toContain('circuit_breaker_state{upstream="name999"} 2');
    expect(text).toContain('effects_parked{kind="name999"} 2');
    expect(text).toContain('lock_wait_seconds_count{backend="name999"} 1');
  });

  it('takes no more series from a reading than it keeps', async () => {
    const metrics = newMetrics();
    const readings = Array.from({ length: 1_200 }, (_unused, n) => ({
      labels: { kind: `kind${n}` },
      value: 1,
    }));
    metrics.collect('effects_pending', () => Promise.resolve(readings));

    const lines = (await metrics.expose()).split('\n').filter((line) => line.startsWith('effects_pending{'));
    expect(lines).toHaveLength(1_000);
  });

  it('reads a collected gauge at every exposition', async () => {
    const metrics = newMetrics();
    let reservations = 3;
    metrics.collect('active_reservations', () => Promise.resolve([{ labels: {}, value: reservations }]));

    expect(await metrics.expose()).toContain('active_reservations 3');
    reservations = 5;
    expect(await metrics.expose()).toContain('active_reservations 5');
  });

  it('reads 0 for a label that is no longer reported', async () => {
    const metrics = newMetrics();
    let readings = [{ labels: { kind: 'tickets.release' }, value: 7 }];
    metrics.collect('effects_pending', () => Promise.resolve(readings));
    await metrics.expose();
    readings = [];

    expect(await metrics.expose()).toContain('effects_pending{kind="tickets.release"} 0');
  });

  it('leaves a gauge out, rather than stale, while its reading fails', async () => {
    const metrics = newMetrics();
    let isDatabaseAway = false;
    metrics.collect('outbox_pending', () =>
      isDatabaseAway ? Promise.reject(new Error('away')) : Promise.resolve([{ labels: {}, value: 9 }]),
    );
    await metrics.expose();
    isDatabaseAway = true;

    expect(await metrics.expose()).not.toMatch(/^outbox_pending /m);
    isDatabaseAway = false;
    expect(await metrics.expose()).toContain('outbox_pending 9');
  });
});
