import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_TABLE, SERVICE_VERSION } from '@app/platform';
import { validate as lint } from 'dockerfile-utils';
import { execForm, inherited, parseDockerfile } from '../../scripts/ops/dockerfile.js';
import { environmentOf } from '../../scripts/ops/image-tree.js';
import { ROOT } from '../support/yaml-files.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const stages = parseDockerfile(read('docker/Dockerfile'));
const ofImage = (keyword: string): readonly string[] => inherited(stages, 'order-service', keyword);

describe('the image', () => {
  // The linter behind Docker's own editor support; hadolint is a binary that no registry of ours carries.
  it('passes a linter', () => {
    expect(lint(read('docker/Dockerfile')).map(({ message }) => message)).toEqual([]);
  });

  it('is labelled with this version and the commit it is built from', () => {
    const labels = ofImage('LABEL').join(' ');

    expect(ofImage('ARG')).toEqual([`VERSION=${SERVICE_VERSION}`, 'COMMIT_SHA=unknown']);
    expect(labels).toContain('org.opencontainers.image.version="${VERSION}"');
    expect(labels).toContain('org.opencontainers.image.revision="${COMMIT_SHA}"');
  });

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
