import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_TABLE } from '@app/platform';
import { z } from 'zod';
import { execForm, inherited, parseDockerfile } from '../../scripts/ops/dockerfile.js';
import { environmentOf } from '../../scripts/ops/image-tree.js';
import { ROOT, yamlFile } from '../support/yaml-files.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const stages = parseDockerfile(read('docker/Dockerfile'));
const ofImage = (keyword: string): readonly string[] => inherited(stages, 'order-service', keyword);

describe('the image', () => {
  it('is the last stage, so that a build without a target makes the service', () => {
    expect(stages.at(-1)?.name).toBe('order-service');
  });

  it.each([
    ['runs as an account of its own', 'USER', '1001:1001'],
    ['listens on the port of the configuration', 'EXPOSE', CONFIG_TABLE.PORT.defaultText],
    ['is told to end by the signal that main.ts drains on', 'STOPSIGNAL', 'SIGTERM'],
    ['has an init as process 1', 'ENTRYPOINT', '["dumb-init", "--"]'],
  ])('%s', (_what, keyword, value) => {
    expect(ofImage(keyword).at(-1)).toBe(value);
  });

  it('starts and asks for files that exist, in exec form', () => {
    const command = execForm(ofImage('CMD').at(-1) ?? '');
    const health = execForm(ofImage('HEALTHCHECK').at(-1)?.split('CMD ')[1] ?? '');

    expect(command).toEqual(['node', 'dist/apps/order-service/src/main.js']);
    expect(existsSync(join(ROOT, 'apps/order-service/src/main.ts'))).toBe(true);
    expect(health).toEqual(['node', 'healthcheck.mjs']);
  });

  it('has the command line on its path', () => {
    const links = ofImage('RUN').filter((value) => value.includes('/usr/local/bin/order-service'));

    expect(links).toEqual([expect.stringContaining('ln -s /srv/dist/apps/order-service/src/ctl.js ')]);
    expect(existsSync(join(ROOT, 'apps/order-service/src/ctl.ts'))).toBe(true);
  });

  it('installs what the lock file says and runs no script of a package', () => {
    const installs = stages.flatMap(({ instructions }) =>
      instructions.filter(({ keyword, value }) => keyword === 'RUN' && value.startsWith('npm')),
    );

    expect(installs).toHaveLength(2);
    expect(installs.filter(({ value }) => !/^npm ci .*--ignore-scripts/.test(value))).toEqual([]);
  });

  it('brings production packages only', () => {
    const { instructions = [] } = stages.find(({ name }) => name === 'dependencies') ?? {};

    expect(instructions.map(({ value }) => value)).toContainEqual(expect.stringContaining('--omit=dev'));
    expect(ofImage('COPY')).toContain('--from=dependencies /srv/node_modules node_modules');
  });

  it('pins every image to a version', () => {
    const images = stages.map(({ from }) => from).filter((from) => !stages.some(({ name }) => name === from));

    expect(images.filter((image) => !/:\d/.test(image))).toEqual([]);
  });

  it('sets only variables that the service reads, and none that is secret', () => {
    const table: Readonly<Record<string, { readonly secret: boolean }>> = CONFIG_TABLE;

    expect(
      Object.keys(environmentOf(stages, 'order-service')).filter((name) => table[name]?.secret !== false),
    ).toEqual([]);
  });

  it('copies only what the ignore file lets through', () => {
    const allowed = read('docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = stages.flatMap(({ instructions }) =>
      instructions
        .filter(({ keyword, value }) => keyword === 'COPY' && !value.startsWith('--from'))
        .flatMap(({ value }) => value.split(' ').slice(0, -1)),
    );

    expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
    expect(allowed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('the compose stack', () => {
  const service = z.object({
    image: z.string().optional(),
    environment: z.record(z.string(), z.string()).optional(),
    read_only: z.boolean().optional(),
    cap_drop: z.array(z.string()).optional(),
    deploy: z.object({ replicas: z.number() }).optional(),
    stop_grace_period: z.string().optional(),
    volumes: z.array(z.string()).optional(),
  });
  const compose = yamlFile('docker/compose.yaml', z.object({ services: z.record(z.string(), service) }));
  const { 'order-service': ours, migrate, ...others } = compose.services;

  it('runs two replicas that cannot change their files', () => {
    expect(ours).toMatchObject({ deploy: { replicas: 2 }, read_only: true, cap_drop: ['ALL'] });
    expect(migrate).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  it('gives them variables of the configuration, and everything that is required', () => {
    const given = Object.keys(ours?.environment ?? {});
    const required = Object.entries(CONFIG_TABLE).flatMap(([name, row]) => (row.required ? [name] : []));

    expect(given.filter((name) => !(name in CONFIG_TABLE))).toEqual([]);
    expect(required.filter((name) => !given.includes(name))).toEqual([]);
    expect(Object.keys(migrate?.environment ?? {})).toEqual(['DATABASE_MIGRATION_URL']);
  });

  it('waits as long for an end as the code may take', () => {
    const neededSeconds = Number(CONFIG_TABLE.SHUTDOWN_TIMEOUT_MS.defaultText) / 1_000 + 5;

    expect(Number(ours?.stop_grace_period?.replace('s', ''))).toBeGreaterThanOrEqual(neededSeconds);
  });

  it('takes every password and key from the file that make-env.mjs writes', () => {
    const wanted = new Set(
      Array.from(read('docker/compose.yaml').matchAll(/\$\{(\w+)/g), ([, name]) => name ?? ''),
    );
    const written = Array.from(
      read('docker/make-env.mjs').matchAll(/^ {4}([A-Z_]+):/gm),
      ([, name]) => name ?? '',
    );

    expect([...wanted].sort()).toEqual([...written].sort());
  });

  it('mounts files that exist and pins every image to a version', () => {
    const mounted = Object.values(compose.services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => join('docker', volume.split(':')[0] ?? ''));
    const images = Object.values(others).flatMap(({ image }) => image ?? []);

    expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(images.filter((image) => !/:v?\d/.test(image))).toEqual([]);
  });
});
