import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { Collectors, type Collector } from './collectors.js';
import { labelValue } from './label-values.js';
import {
  METRIC_NAMES,
  metricRow,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelArguments,
  type MetricLabels,
  type MetricName,
} from './metrics-table.js';

/** Label combinations of one metric; beyond it new ones are not recorded, so that no bug can fill the memory. */
const SERIES_MAX = 1_000;

/** One value of a gauge that is read when it is asked for. */
export interface GaugeReading<Name extends GaugeName> {
  readonly labels: MetricLabels<Name>;
  readonly value: number;
}

type Labels = Readonly<Record<string, string>>;

/** Everything the service counts and measures; names and labels are those of the table and no others. */
export class Metrics {
  private readonly counters = new Map<string, Counter>();
  private readonly gauges = new Map<string, Gauge>();
  private readonly histograms = new Map<string, Histogram>();
  private readonly series = new Map<MetricName, Map<string, Labels>>();
  private readonly collectors = new Collectors();

  constructor(private readonly registry: Registry) {
    for (const name of METRIC_NAMES) this.register(name);
  }

  increment<Name extends CounterName>(name: Name, ...labels: LabelArguments<Name>): void {
    this.increase(name, 1, ...labels);
  }

  /** Counts several at once. */
  increase<Name extends CounterName>(name: Name, by: number, ...[labels]: LabelArguments<Name>): void {
    const safe = this.labelsOf(name, labels);
    if (safe !== undefined) this.counters.get(name)?.inc(safe, by);
  }

  /** Adds to a gauge; a negative number takes away. */
  add<Name extends GaugeName>(name: Name, change: number, ...[labels]: LabelArguments<Name>): void {
    const safe = this.labelsOf(name, labels);
    if (safe !== undefined) this.gauges.get(name)?.inc(safe, change);
  }

  set<Name extends GaugeName>(name: Name, value: number, ...[labels]: LabelArguments<Name>): void {
    const safe = this.labelsOf(name, labels);
    if (safe !== undefined) this.gauges.get(name)?.set(safe, value);
  }

  /** Records one measurement in the unit of the metric's name. */
  observe<Name extends HistogramName>(name: Name, value: number, ...[labels]: LabelArguments<Name>): void {
    const safe = this.labelsOf(name, labels);
    if (safe !== undefined) this.histograms.get(name)?.observe(safe, value);
  }

  /**
   * Has a gauge read whenever the metrics are asked for. A reading that fails or takes too long leaves the gauge out:
   * no figure is better than a stale one. A label once seen and not read again reads 0.
   */
  collect<Name extends GaugeName>(name: Name, read: Collector<GaugeReading<Name>>): void {
    this.collectors.add(
      async () => {
        const readings = await read();
        return () => {
          this.replace(name, readings);
        };
      },
      () => {
        this.leaveOut(name);
      },
    );
  }

  /** The exposition text. Readings that hang are waited for shortly, so it always answers. */
  async expose(): Promise<string> {
    await this.collectors.run();
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private replace<Name extends GaugeName>(name: Name, readings: readonly GaugeReading<Name>[]): void {
    const gauge = this.gauges.get(name);
    for (const known of this.series.get(name)?.values() ?? []) gauge?.set(known, 0);
    for (const { labels, value } of readings) {
      const safe = this.labelsOf(name, labels);
      if (safe !== undefined) gauge?.set(safe, value);
    }
  }

  private leaveOut(name: GaugeName): void {
    const gauge = this.gauges.get(name);
    for (const known of this.series.get(name)?.values() ?? [{}]) gauge?.remove(known);
  }

  /** undefined when the metric has too many series already. */
  private labelsOf(name: MetricName, given: Labels | undefined): Labels | undefined {
    const row = metricRow(name);
    const labels = Object.fromEntries(row.labels.map((label) => [label, labelValue(given?.[label] ?? '')]));
    const known = this.series.get(name) ?? new Map<string, Labels>();
    this.series.set(name, known);
    const key = Object.values(labels).join('|');
    if (!known.has(key)) {
      if (known.size >= SERIES_MAX) return undefined;
      known.set(key, labels);
    }
    return labels;
  }

  private register(name: MetricName): void {
    const row = metricRow(name);
    const options = { name, help: row.help, labelNames: row.labels, registers: [this.registry] };
    switch (row.type) {
      case 'counter':
        this.counters.set(name, new Counter(options));
        break;
      case 'gauge':
        this.gauges.set(name, new Gauge(options));
        break;
      case 'histogram':
        this.histograms.set(
          name,
          new Histogram({ ...options, ...(row.buckets === undefined ? {} : { buckets: [...row.buckets] }) }),
        );
        break;
    }
  }
}
