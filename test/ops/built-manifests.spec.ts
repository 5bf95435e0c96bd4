import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_TABLE, METRIC_NAMES, SERVICE_VERSION, loadConfig } from '@app/platform';
import { z } from 'zod';
import { builtManifests, oneOf, watched, type KubernetesObject } from '../support/built-manifests.js';
import {
  autoscaler,
  deployment,
  selected,
  variable,
  type container,
  type probe,
} from '../support/manifest-shapes.js';
import { ROOT, yamlFile } from '../support/yaml-files.js';

/** After requests in flight: the relay's flush, the pools, the log (EXIT_GRACE_MS of main.ts). */
const EXIT_GRACE_SECONDS = 5;
const OVERLAYS = ['production', 'staging'] as const;
const ROLES = ['http', 'worker'] as const;

const built = OVERLAYS.map((overlay) => [overlay, builtManifests(overlay)] as const);
const each = built.flatMap(([overlay, objects]) => ROLES.map((role) => [overlay, role, objects] as const));
const roleOf = (objects: readonly KubernetesObject[], role: string): z.infer<typeof deployment> =>
  oneOf(objects, 'Deployment', `order-service-${role}`, deployment);
const containerOf = (objects: readonly KubernetesObject[], role: string): z.infer<typeof container> =>
  roleOf(objects, role).spec.template.spec.containers[0];

function configOf(objects: readonly KubernetesObject[], role: string): Readonly<Record<string, string>> {
  const [{ configMapRef }] = containerOf(objects, role).envFrom;
  return oneOf(objects, 'ConfigMap', configMapRef.name, z.object({ data: z.record(z.string(), z.string()) }))
    .data;
}

/** A value of the right form in place of each secret. */
const SECRETS: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://login@db/orders',
  REDIS_URL: 'redis://redis',
  RABBITMQ_URL: 'amqp://rabbitmq',
  SERVICE_SIGNING_KEY: '-----BEGIN PRIVATE KEY-----',
  APP_SECRETS: `k1:${Buffer.alloc(32).toString('base64')}`,
};

describe.each(built)('the manifests of %s', (overlay, objects) => {
  it.each(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    '%s is what Kubernetes knows, member by member',
    async (_name, object) => {
      const models = (await import(`kubernetes-models/${object.apiVersion}/${object.kind}`)) as Readonly<
        Record<
          string,
          { readonly validate: (value: object) => void } & (new (value: object) => { validate(): void })
        >
      >;
      const Model = models[object.kind];
      const { seen, unread } = watched(object);

      if (Model === undefined) throw new Error(`Kubernetes has no kind ${object.kind}.`);
      const model = new Model({});
      for (const key of Reflect.ownKeys(seen)) Reflect.set(model, key, Reflect.get(seen, key));
      expect(() => {
        model.validate();
      }).not.toThrow();
      expect(unread()).toEqual([]);
    },
  );

  it('are all in one namespace, of the image of this version', () => {
    const images = ROLES.map((role) => containerOf(objects, role).image);
    const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace));

    expect([...namespaces]).toEqual([overlay === 'production' ? 'order-service' : 'order-service-staging']);
    expect(new Set(images)).toEqual(new Set([`registry.example.com/order-service:${SERVICE_VERSION}`]));
    expect(JSON.stringify(objects)).not.toContain('"image":"order-service"');
  });

  it('scale on requests in flight first and CPU second, and nothing sets the replicas back', () => {
    const { spec } = oneOf(objects, 'HorizontalPodAutoscaler', 'order-service-http', autoscaler);

    expect(METRIC_NAMES).toContain(spec.metrics[0].pods.metric.name);
    expect(spec.minReplicas).toBeLessThan(spec.maxReplicas);
    expect(roleOf(objects, 'http').spec.replicas).toBeUndefined();
    expect(roleOf(objects, 'worker').spec.replicas).toBeGreaterThan(0);
  });

  it('find their pods: the service and every disruption budget select labels that pods carry', () => {
    const service = oneOf(
      objects,
      'Service',
      'order-service',
      z.object({
        spec: z.object({
          selector: z.record(z.string(), z.string()),
          ports: z.tuple([z.object({ targetPort: z.literal('http') })]),
        }),
      }),
    );

    expect(roleOf(objects, 'http').spec.template.metadata.labels).toMatchObject(service.spec.selector);
    for (const role of ROLES) {
      const budget = oneOf(objects, 'PodDisruptionBudget', `order-service-${role}`, selected);
      expect(roleOf(objects, role).spec.template.metadata.labels).toMatchObject(
        budget.spec.selector.matchLabels,
      );
    }
  });

  // Debian's promtool knows no Kubernetes, so the file is held here.
  it('carry what docker/prometheus/kubernetes.yaml looks for', () => {
    const { scrape_configs: jobs } = yamlFile(
      'docker/prometheus/kubernetes.yaml',
      z.object({
        scrape_configs: z.tuple([
          z.object({
            job_name: z.literal('order-service'),
            relabel_configs: z.array(
              z.object({ source_labels: z.array(z.string()), regex: z.string().optional() }),
            ),
          }),
        ]),
      }),
    );
    const kept = jobs[0].relabel_configs.filter(({ regex }) => regex !== undefined);

    expect(kept).toMatchObject([
      { source_labels: ['__meta_kubernetes_pod_label_app_kubernetes_io_name'], regex: 'order-service' },
      { source_labels: ['__meta_kubernetes_pod_annotation_prometheus_io_scrape'], regex: 'true' },
    ]);
    for (const role of ROLES) {
      expect(roleOf(objects, role).spec.template.metadata).toMatchObject({
        labels: { 'app.kubernetes.io/name': 'order-service' },
        annotations: { 'prometheus.io/scrape': 'true' },
      });
    }
  });

  it('name secrets that the runbook tells how to make', () => {
    const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
    const job = oneOf(
      objects,
      'Job',
      'order-service-migration',
      z.object({
        spec: z.object({
          template: z.object({
            spec: z.object({ containers: z.tuple([z.object({ env: z.array(variable) })]) }),
          }),
        }),
      }),
    );
    const variables = [
      ...ROLES.flatMap((role) => containerOf(objects, role).env),
      ...job.spec.template.spec.containers[0].env,
    ];
    const wanted = variables.flatMap(({ valueFrom }) =>
      valueFrom === undefined ? [] : [valueFrom.secretKeyRef],
    );

    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter(({ name }) => !runbook.includes(`create secret generic ${name} `))).toEqual([]);
    expect(wanted.filter(({ key }) => !new RegExp(`--from-(literal|file)=${key}=`).test(runbook))).toEqual(
      [],
    );
  });
});

describe.each(each)('%s %s', (_overlay, role, objects) => {
  it('starts with the configuration it is given', () => {
    const own = containerOf(objects, role).env.map(
      ({ name, value }) => [name, value ?? SECRETS[name] ?? ''] as const,
    );
    const environment = { ...configOf(objects, role), ...Object.fromEntries(own) };

    expect(Object.keys(environment).filter((name) => !(name in CONFIG_TABLE))).toEqual([]);
    expect(loadConfig(environment)).toMatchObject({ NODE_ENV: 'production', PROCESS_ROLES: [role] });
  });

  it('listens where its service and its probes look, which the code serves', () => {
    const { ports, startupProbe, livenessProbe, readinessProbe } = containerOf(objects, role);

    expect(String(ports[0].containerPort)).toBe(configOf(objects, role)['PORT']);
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
      '/health/startup',
      '/health/live',
      '/health/ready',
    ]);
  });

  it('is taken out of service sooner than it is restarted, and may wait for the migration at its start', () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(objects, role);
    const seconds = (one: z.infer<typeof probe>): number => one.periodSeconds * one.failureThreshold;

    expect(seconds(readinessProbe)).toBeLessThan(seconds(livenessProbe));
    expect(seconds(startupProbe)).toBeGreaterThanOrEqual(60);
    // /health/ready asks PostgreSQL within a second.
    expect(readinessProbe.timeoutSeconds).toBeGreaterThan(1);
  });

  it('has the time to end that the code takes, after it has left the service', () => {
    const { terminationGracePeriodSeconds, containers } = roleOf(objects, role).spec.template.spec;
    const [{ lifecycle, readinessProbe }] = containers;
    const inFlight = Number(configOf(objects, role)['SHUTDOWN_TIMEOUT_MS']) / 1_000;

    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      lifecycle.preStop.sleep.seconds + inFlight + EXIT_GRACE_SECONDS,
    );
    expect(lifecycle.preStop.sleep.seconds).toBeGreaterThan(readinessProbe.periodSeconds);
  });
});

it('production needs as many connections at most as docs/scaling.md adds up', () => {
  const [, objects = []] = built.find(([overlay]) => overlay === 'production') ?? [];
  const { spec } = oneOf(objects, 'HorizontalPodAutoscaler', 'order-service-http', autoscaler);
  const config = configOf(objects, 'http');
  const [http, worker] = [roleOf(objects, 'http'), roleOf(objects, 'worker')];
  const surge = (one: z.infer<typeof deployment>): number => one.spec.strategy.rollingUpdate.maxSurge;
  const pods = spec.maxReplicas + surge(http) + (worker.spec.replicas ?? 0) + surge(worker);
  const connections = pods * (Number(config['DB_POOL_MAX']) + Number(config['DB_WORKER_POOL_MAX']));

  expect(readFileSync(join(ROOT, 'docs/scaling.md'), 'utf8')).toContain(`= ${connections} connections`);
});
