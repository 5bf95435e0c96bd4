import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MATRIX_FINDINGS, ORPHANS, REPAIR_KINDS } from '@app/orders';
import { METRICS } from '@app/platform';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { z } from 'zod';
import { serviceDashboards } from '../../scripts/ops/dashboards.js';
import { ROOT, yamlFile } from '../support/yaml-files.js';

const alert = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.object({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.object({ summary: z.string(), runbook_url: z.string() }),
});
const recorded = z.object({ record: z.string(), expr: z.string() });
const rules = yamlFile(
  'docker/prometheus/rules.yaml',
  z.object({ groups: z.array(z.object({ rules: z.array(z.union([alert, recorded])) })) }),
).groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule) => 'alert' in rule);
const records = rules.filter((rule) => 'record' in rule).map(({ record }) => record);
const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
const DASHBOARDS = join(ROOT, 'docker/grafana/dashboards');
const dashboards = readdirSync(DASHBOARDS)
  .sort()
  .map(
    (file) =>
      [
        file.replace('.json', ''),
        JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as unknown,
      ] as const,
  );
const panels = dashboards.flatMap(
  ([, text]) =>
    z
      .object({
        panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
      })
      .parse(text).panels,
);

/** What Node's exporter adds to the table, read from the exporter itself. */
function metricsOfNode(): ReadonlySet<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return new Set(registry.getMetricsAsArray().map(({ name }) => name));
}
const ofNode = metricsOfNode();

const KEYWORDS = new Set(['and', 'or', 'unless', 'offset', 'bool']);
/** What Prometheus itself says of a target. */
const OF_PROMETHEUS = new Set(['up']);

/** The metrics that an expression reads: what is left when functions, labels, strings and durations are taken out. */
function metricsIn(expr: string): readonly string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, '')
    .replaceAll(/\boffset\s+\w+/g, '');
  return Array.from(bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w|\s*\()/g), ([name]) => name).filter(
    (name) => !KEYWORDS.has(name),
  );
}

function isKnown(name: string): boolean {
  const table: Readonly<Record<string, { readonly type: string }>> = METRICS;
  const plain = name.replace(/_(bucket|sum|count)$/, '');
  return (
    records.includes(name) ||
    OF_PROMETHEUS.has(name) ||
    ofNode.has(name) ||
    name in table ||
    table[plain]?.type === 'histogram'
  );
}

describe('the alerts', () => {
  it.each(alerts.map((rule) => [rule.alert, rule] as const))('%s has a page in the runbook', (name, rule) => {
    expect(rule.annotations.runbook_url).toBe(`docs/runbook.md#${name.toLowerCase()}`);
    expect(runbook).toMatch(new RegExp(`^### ${name}\\n\\n\\S`, 'm'));
  });

  it('have no page without an alert', () => {
    const [, chapter = ''] = runbook.split('\n## Alerts\n');
    const pages = Array.from((chapter.split('\n## ')[0] ?? '').matchAll(/^### (\S+)$/gm), ([, name]) => name);

    expect(pages.sort()).toEqual(alerts.map((rule) => rule.alert).sort());
  });

  it('read only metrics of the table', () => {
    expect(rules.flatMap(({ expr }) => metricsIn(expr)).filter((name) => !isKnown(name))).toEqual([]);
  });

  it('select only labels that the metrics have', () => {
    const common = ['job', 'exported_job', 'instance', 'le'];
    const labels = new Set([...common, ...Object.values(METRICS).flatMap((metric) => [...metric.labels])]);
    const selected = rules.flatMap(({ expr }) =>
      Array.from(expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g), ([, label]) => label ?? ''),
    );

    expect(selected.filter((label) => !labels.has(label))).toEqual([]);
  });

  it('each have a test that makes them fire and one that keeps them quiet', () => {
    const cases = z.object({
      tests: z.array(
        z.object({
          alert_rule_test: z.array(
            z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).optional() }),
          ),
        }),
      ),
    });
    const tested = yamlFile('docker/prometheus/rules.test.yaml', cases).tests.flatMap(
      (test) => test.alert_rule_test,
    );
    const names = alerts.map((rule) => rule.alert);

    expect(
      names.filter(
        (name) => !tested.some((test) => test.alertname === name && test.exp_alerts !== undefined),
      ),
    ).toEqual([]);
    expect(
      names.filter(
        (name) => !tested.some((test) => test.alertname === name && test.exp_alerts === undefined),
      ),
    ).toEqual([]);
  });
});

describe('the findings of reconciliation', () => {
  const kinds = [...MATRIX_FINDINGS, ...Object.values(REPAIR_KINDS), ...Object.values(ORPHANS)].filter(
    (kind) => kind !== null,
  );
  const page = (name: string): string => runbook.split(`\n### ${name}\n`)[1]?.split('\n### ')[0] ?? '';
  const [, pattern = ''] =
    /kind=~"([^"]+)"/.exec(alerts.find(({ alert: name }) => name === 'MoneyFindings')?.expr ?? '') ?? [];
  const isAboutMoney = (kind: string): boolean => new RegExp(`^(?:${pattern})$`).test(kind);

  it.each(kinds)('%s is explained on the page of the alert that it raises first', (kind) => {
    expect(page(isAboutMoney(kind) ? 'MoneyFindings' : 'Findings')).toContain(`\`${kind}\``);
  });

  it('about tickets alone wake nobody', () => {
    expect(kinds.filter((kind) => !isAboutMoney(kind))).toEqual([
      'tickets_missing',
      'tickets_differ',
      'tickets_not_issued',
      'tickets_not_released',
      'tickets_without_order',
    ]);
  });
});

describe('the dashboards', () => {
  it('are one each for orders, money, effects, broker, database and saturation', () => {
    expect(dashboards.map(([name]) => name)).toEqual([
      'broker',
      'database',
      'effects',
      'money',
      'orders',
      'saturation',
    ]);
  });

  it('are what the metrics table prints: run node scripts/print-dashboards.mjs', () => {
    expect(Object.fromEntries(dashboards)).toEqual(serviceDashboards(METRICS));
  });

  it('show every metric of the table, and none that the process does not export', () => {
    const shown = new Set(panels.map(({ title }) => title));
    const read = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)));

    expect(Object.keys(METRICS).filter((name) => !shown.has(name))).toEqual([]);
    expect(read.length).toBeGreaterThanOrEqual(Object.keys(METRICS).length);
    expect(read.filter((name) => !isKnown(name))).toEqual([]);
  });

  it('are refused when one names a metric that nobody has', () => {
    expect(() => serviceDashboards({})).toThrow('There is no metric');
  });
});
