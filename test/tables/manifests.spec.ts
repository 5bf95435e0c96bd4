import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_TABLE, METRIC_NAMES, SERVICE_VERSION, loadConfig, type ConfigName } from '@app/platform';
import { z } from 'zod';
import { HealthController } from '../../apps/order-service/src/http/health.controller.js';
import { ROOT, filesIn, yamlDocuments, yamlFile } from '../support/yaml-files.js';

const BASE = 'docker/k8s/base';
/** After requests in flight: the relay's flush, the pools, the log (EXIT_GRACE_MS of main.ts). */
const EXIT_GRACE_SECONDS = 5;

const secretReference = z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) });
const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: secretReference.optional(),
});
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal('http') }) });
const restricted = z.object({
  allowPrivilegeEscalation: z.literal(false),
  readOnlyRootFilesystem: z.literal(true),
  capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
});
const resources = z.object({
  requests: z.object({ cpu: z.string(), memory: z.string() }),
  limits: z.object({ memory: z.string() }),
});
const podOf = <C extends z.ZodType>(container: C) =>
  z.object({
    metadata: z.object({ labels: z.record(z.string(), z.string()) }),
    spec: z.object({
      automountServiceAccountToken: z.literal(false),
      securityContext: z.object({
        runAsNonRoot: z.literal(true),
        runAsUser: z.literal(1001),
        seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
      }),
      terminationGracePeriodSeconds: z.number().optional(),
      topologySpreadConstraints: z.array(z.object({ topologyKey: z.string() })).optional(),
      containers: z.tuple([container]),
    }),
  });
const deployment = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: podOf(
      z.object({
        ports: z.tuple([z.object({ name: z.literal('http'), containerPort: z.number() })]),
        envFrom: z.tuple([z.object({ configMapRef: z.object({ name: z.literal('order-service') }) })]),
        env: z.array(variable),
        startupProbe: probe.extend({ periodSeconds: z.number(), failureThreshold: z.number() }),
        livenessProbe: probe,
        readinessProbe: probe,
        lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
        resources,
        securityContext: restricted,
      }),
    ),
  }),
});
const job = z.object({
  kind: z.literal('Job'),
  spec: z.object({
    template: podOf(
      z.object({ args: z.array(z.string()), env: z.array(variable), resources, securityContext: restricted }),
    ),
  }),
});

const ROLES = ['http', 'worker'] as const;
const deployments = ROLES.map((role) => [role, yamlFile(`${BASE}/${role}.yaml`, deployment)] as const);
const migration = yamlFile(`${BASE}/migration.yaml`, job);
const configMap = new Map(
  readFileSync(join(ROOT, BASE, 'config.env'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('=', 2) as [string, string]),
);
const overlays = filesIn('docker/k8s/overlays', 'kustomization.yaml');
const kustomization = z.object({
  resources: z.array(z.string()),
  configMapGenerator: z.array(z.object({ literals: z.array(z.string()).optional() })).optional(),
  images: z.array(z.object({ newTag: z.string() })).optional(),
});

const isVariable = (name: string): name is ConfigName => name in CONFIG_TABLE;

describe('the Kubernetes manifests', () => {
  it.each(deployments)(
    '%s listens where its probes, its service and its configuration say',
    (_role, { spec }) => {
      const [container] = spec.template.spec.containers;

      expect(container.ports[0].containerPort).toBe(Number(configMap.get('PORT')));
      expect(CONFIG_TABLE.PORT.defaultText).toBe(configMap.get('PORT'));
    },
  );

  it.each(deployments)('%s is asked at routes that exist', (_role, { spec }) => {
    const [{ startupProbe, livenessProbe, readinessProbe }] = spec.template.spec.containers;
    const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path);

    expect(paths).toEqual(['/health/startup', '/health/live', '/health/ready']);
    expect(paths.filter((path) => !healthPaths().includes(path))).toEqual([]);
  });

  it.each(deployments)(
    '%s sets only variables of the configuration, and secrets only by reference',
    (_role, { spec }) => {
      const given = spec.template.spec.containers[0].env;

      expect(given.filter(({ name }) => !isVariable(name))).toEqual([]);
      expect(
        given.filter(
          ({ name, value }) => isVariable(name) && CONFIG_TABLE[name].secret && value !== undefined,
        ),
      ).toEqual([]);
      expect(
        given.filter(({ name, valueFrom }) => valueFrom !== undefined && valueFrom.secretKeyRef.key !== name),
      ).toEqual([]);
    },
  );

  it.each(deployments)('%s starts with this configuration', (_role, { spec }) => {
    const given = spec.template.spec.containers[0].env;
    const environment = { ...Object.fromEntries(configMap), ...Object.fromEntries(given.map(filledIn)) };

    expect(loadConfig(environment)).toMatchObject({ NODE_ENV: 'production', PORT: 3016 });
  });

  it.each(deployments)('%s has the time to end that the code takes', (_role, { spec }) => {
    const [{ lifecycle }] = spec.template.spec.containers;
    const neededSeconds =
      lifecycle.preStop.sleep.seconds +
      Number(configMap.get('SHUTDOWN_TIMEOUT_MS')) / 1_000 +
      EXIT_GRACE_SECONDS;

    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(neededSeconds);
  });

  it.each(deployments)('%s spreads over zones and nodes, and is found by its labels', (role, { spec }) => {
    expect(spec.template.spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(spec.selector.matchLabels['app.kubernetes.io/component']).toBe(role);
    expect(loadConfigRoles(spec.template.spec.containers[0].env)).toBe(role);
  });

  it('holds no variable that the service does not read, and no secret', () => {
    const literals = overlays.flatMap((path) =>
      (yamlFile(path, kustomization).configMapGenerator ?? []).flatMap(
        (generator) => generator.literals ?? [],
      ),
    );
    const names = [...configMap.keys(), ...literals.map((literal) => literal.split('=')[0] ?? '')];

    expect(names.filter((name) => !isVariable(name) || CONFIG_TABLE[name].secret)).toEqual([]);
  });

  it('migrates with the command of the image and the login of the owner alone', () => {
    const [{ args, env }] = migration.spec.template.spec.containers;

    expect(args).toEqual(['node', 'dist/apps/order-service/src/migrate.js']);
    expect(existsSync(join(ROOT, 'apps/order-service/src/migrate.ts'))).toBe(true);
    expect(env.map(({ name }) => name)).toEqual(['DATABASE_MIGRATION_URL']);
  });

  it('scales on a metric that exists, long before requests are refused', () => {
    const metric = z.object({
      pods: z.object({
        metric: z.object({ name: z.string() }),
        target: z.object({ averageValue: z.string() }),
      }),
    });
    const autoscaler = z.object({ spec: z.object({ metrics: z.tuple([metric, z.unknown()]) }) });
    const [{ pods }] = yamlFile(`${BASE}/autoscaling.yaml`, autoscaler).spec.metrics;

    expect(METRIC_NAMES).toContain(pods.metric.name);
    expect(Number(pods.target.averageValue)).toBeLessThanOrEqual(
      Number(CONFIG_TABLE.REQUESTS_IN_FLIGHT_MAX.defaultText) / 2,
    );
  });

  it('names every file of the base, and the image of this version', () => {
    const { resources: listed, images } = yamlFile(`${BASE}/kustomization.yaml`, kustomization);
    const files = filesIn(BASE, '.yaml').map((path) => path.slice(BASE.length + 1));

    expect([...listed, 'kustomization.yaml'].sort()).toEqual(files);
    expect(images?.[0]?.newTag).toBe(SERVICE_VERSION);
  });

  it('lets in only what may call, and lets out only what is needed', () => {
    const policy = z.object({
      spec: z.object({
        policyTypes: z.tuple([z.literal('Ingress'), z.literal('Egress')]),
        ingress: z.tuple([
          z.object({
            from: z.array(z.unknown()).min(1),
            ports: z.tuple([z.object({ port: z.literal(3016) })]),
          }),
        ]),
        egress: z.array(
          z.object({ to: z.array(z.unknown()).optional(), ports: z.array(z.unknown()).optional() }),
        ),
      }),
    });

    expect(policy.safeParse(yamlDocuments(`${BASE}/network.yaml`)[0]).error).toBeUndefined();
  });
});

/** The routes of HealthController, from Nest's own metadata. */
function healthPaths(): readonly string[] {
  const prototype: object = HealthController.prototype;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler: unknown = Reflect.get(prototype, name);
    const path: unknown = typeof handler === 'function' ? Reflect.getMetadata('path', handler) : undefined;
    return typeof path === 'string' ? [`/health/${path}`] : [];
  });
}

function loadConfigRoles(env: readonly z.infer<typeof variable>[]): string | undefined {
  return env.find(({ name }) => name === 'PROCESS_ROLES')?.value;
}

/** A value of the right form in place of each secret. */
function filledIn({ name, value }: z.infer<typeof variable>): readonly [string, string] {
  const secrets: Readonly<Record<string, string>> = {
    DATABASE_URL: 'postgres://login@db/orders',
    REDIS_URL: 'redis://redis',
    RABBITMQ_URL: 'amqp://rabbitmq',
    SERVICE_SIGNING_KEY: '-----BEGIN PRIVATE KEY-----',
    APP_SECRETS: `k1:${Buffer.alloc(32).toString('base64')}`,
  };
  return [name, value ?? secrets[name] ?? ''];
}
